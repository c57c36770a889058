from odps.udf import annotate


@annotate("datetime,timestamp,timestamp_ntz->string")
class Said:
    def evaluate(self, moment, stamp, plain):
        return " ".join(f"{value} {value.fold}" for value in (moment, stamp, plain))


@annotate("datetime->datetime")
class Same:
    def evaluate(self, moment):
        return moment


@annotate("bigint->datetime")
class Noon:
    def evaluate(self, hours):
        import datetime

        zone = datetime.timezone(datetime.timedelta(hours=hours))
        return datetime.datetime(2024, 1, 1, 12, tzinfo=zone)


@annotate("array<datetime>->struct<first:timestamp,days:map<string,datetime>>")
class Nested:
    def evaluate(self, moments):
        return moments[0], {moment.strftime("%H"): moment for moment in moments}
