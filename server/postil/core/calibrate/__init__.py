"""Finds the threshold from which on a model's opinions about one repository are shown, from its own history.

Pure: what past fixes and good code are (`fixes`), which threshold follows from how the model read them (`choose`), and
the picture. Reading the history and asking the model is in `service/calibrate`."""
