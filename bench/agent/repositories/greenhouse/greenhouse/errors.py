"""What may go wrong."""


class GreenhouseError(Exception):
    pass


class SensorGone(GreenhouseError):
    pass


class OutOfRange(GreenhouseError):
    pass


class YesterdaysNews(GreenhouseError):
    pass
