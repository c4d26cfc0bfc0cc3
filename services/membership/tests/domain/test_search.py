from services.membership.domain.search import searchable


def test_a_record_is_found_by_all_that_is_known_of_it_in_lower_case():
    assert searchable("Ada", "OBI", None, "", "MEM000001") == "ada obi mem000001"
