"""The loop that runs all day."""

import os
import time

from greenhouse.alarms import alarm_for
from greenhouse.client import SensorClient
from greenhouse.errors import GreenhouseError
from greenhouse.reading import checked

EVERY = 45.0


def run() -> None:
    client = SensorClient(os.environ["GREENHOUSE_HOST"])
    while True:
        try:
            for reading in client.readings():
                if said := alarm_for(checked(reading, time.time())):
                    print(said)
        except GreenhouseError as error:
            print(type(error).__name__, error)
        time.sleep(EVERY)
