from datetime import date

class Calendar:
    def is_working_day(self, day: date) -> bool: ...

class IsoRegistry:
    def get(self, iso_code: str) -> type[Calendar] | None: ...

registry: IsoRegistry
