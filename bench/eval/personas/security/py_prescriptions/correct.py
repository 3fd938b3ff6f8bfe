"""Prescriptions in the portal of a medical practice."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

VALID_FOR = timedelta(days=90)


class ForbiddenError(Exception):
    """The user may not do this."""


@dataclass(frozen=True)
class User:
    """Somebody who has signed in: a patient or a doctor."""

    user_id: int
    is_doctor: bool


@dataclass(frozen=True)
class Prescription:
    """A medicine that a doctor has prescribed to a patient."""

    prescription_id: int
    patient_id: int
    doctor_id: int
    medicine: str
    valid_until: date


class Store(Protocol):
    """Where prescriptions are kept; `get` raises KeyError for an unknown number."""

    def get(self, prescription_id: int) -> Prescription: ...

    def put(self, prescription: Prescription) -> None: ...


class PrescriptionDesk:
    """Serves the requests of signed-in users."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def show(self, user: User, prescription_id: int) -> Prescription:
        """Return a prescription to its patient or its doctor; raises ForbiddenError for all others."""
        prescription = self._store.get(prescription_id)
        if user.user_id not in (prescription.patient_id, prescription.doctor_id):
            raise ForbiddenError("this is not your prescription")
        return prescription

    def renew(self, user: User, prescription_id: int, today: date) -> Prescription:
        """Make a prescription valid again; only the doctor who wrote it may do so."""
        prescription = self._store.get(prescription_id)
        if not user.is_doctor or user.user_id != prescription.doctor_id:
            raise ForbiddenError("only the doctor who wrote it can renew a prescription")
        renewed = replace(prescription, valid_until=today + VALID_FOR)
        self._store.put(renewed)
        return renewed
