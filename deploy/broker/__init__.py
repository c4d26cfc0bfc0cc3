"""What a broker has to hold before services use it: who may do what there, and the keys that sign their events."""
