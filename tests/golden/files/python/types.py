"""Each type comes in as what Python calls it, and goes out again."""
from odps.udf import annotate


@annotate(
    "tinyint,smallint,int,bigint,float,double,decimal(10,2),string,boolean,date,datetime,binary,"
    "array<string>,map<string,bigint>,struct<a:bigint,b:string> -> string"
)
class Names:
    def evaluate(self, *values):
        return " ".join(type(value).__name__ for value in values)


@annotate("decimal(10,2),date,datetime->array<string>")
class Written:
    def evaluate(self, *values):
        return [None if value is None else str(value) for value in values]


@annotate("date,bigint->date")
class Later:
    def evaluate(self, day, days):
        import datetime

        return day + datetime.timedelta(days=days)


@annotate("map<string,bigint>,array<bigint>->struct<keys:array<string>,sum:bigint,most:decimal(5,1)>")
class Nested:
    def evaluate(self, given, numbers):
        import decimal

        return sorted(given), sum(numbers), decimal.Decimal(max(numbers))


@annotate("boolean,datetime,binary->map<string,string>")
class Back:
    def evaluate(self, truth, moment, data):
        return {"truth": str(truth), "moment": moment.isoformat(), "data": data.hex()}
