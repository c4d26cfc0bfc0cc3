from bench.calibration import Calibration, Mark, take_mark


def run(*seconds: float) -> Calibration:
    """Marks before the parts a, b, c, ... of a quiet run, the last one after its end."""
    return Calibration([Mark(name, taken, taken) for name, taken in zip("abcdefgh", seconds, strict=False)])


def test_a_mark_is_the_time_of_a_hash() -> None:
    mark = take_mark("the start", hashes=1)
    assert 0 < mark.cpu_seconds < mark.seconds * 1.01


def test_h_is_the_median_of_all_marks() -> None:
    assert run(0.40, 0.39, 0.90).hash_seconds == 0.40


def test_before_and_after_agree_up_to_a_tenth() -> None:
    assert run(0.40, 0.44).agrees
    assert not run(0.40, 0.441).agrees
    assert not run(0.441, 0.40).agrees


def test_a_run_whose_ends_do_not_agree_says_so() -> None:
    remarks = run(0.40, 0.40, 0.50).remarks()
    assert any("DO NOT AGREE" in remark for remark in remarks)
    assert not any("DO NOT AGREE" in remark for remark in run(0.40, 0.40, 0.41).remarks())


def test_parts_beside_a_mark_that_is_off_are_named() -> None:
    calibration = run(0.40, 0.40, 0.50, 0.41, 0.40)
    assert calibration.agrees
    assert calibration.unsteady == {"b", "c"}
    assert any("not to be compared: b, c" in remark for remark in calibration.remarks())


def test_a_hash_that_waited_for_the_core_shows_that_others_were_there() -> None:
    remarks = Calibration([Mark("a", 0.60, 0.40), Mark("b", 0.61, 0.60)]).remarks()
    assert any("at 1 of 2 moments" in remark for remark in remarks)
