"""Prints the statements that make the tables of TPC-H in odpsh out of Parquet files: make_tables.py <folder with one folder for each table>."""

import sys

DECIMAL = "decimal(15,2)"
TABLES = {
    "lineitem": ["l_orderkey bigint", "l_partkey bigint", "l_suppkey bigint", "l_linenumber int", f"l_quantity {DECIMAL}",
                 f"l_extendedprice {DECIMAL}", f"l_discount {DECIMAL}", f"l_tax {DECIMAL}", "l_returnflag string",
                 "l_linestatus string", "l_shipdate date", "l_commitdate date", "l_receiptdate date",
                 "l_shipinstruct string", "l_shipmode string", "l_comment string"],
    "orders": ["o_orderkey bigint", "o_custkey bigint", "o_orderstatus string", f"o_totalprice {DECIMAL}", "o_orderdate date",
               "o_orderpriority string", "o_clerk string", "o_shippriority int", "o_comment string"],
    "customer": ["c_custkey bigint", "c_name string", "c_address string", "c_nationkey bigint", "c_phone string",
                 f"c_acctbal {DECIMAL}", "c_mktsegment string", "c_comment string"],
    "part": ["p_partkey bigint", "p_name string", "p_mfgr string", "p_brand string", "p_type string", "p_size int",
             "p_container string", f"p_retailprice {DECIMAL}", "p_comment string"],
    "partsupp": ["ps_partkey bigint", "ps_suppkey bigint", "ps_availqty int", f"ps_supplycost {DECIMAL}", "ps_comment string"],
    "supplier": ["s_suppkey bigint", "s_name string", "s_address string", "s_nationkey bigint", "s_phone string",
                 f"s_acctbal {DECIMAL}", "s_comment string"],
    "nation": ["n_nationkey bigint", "n_name string", "n_regionkey bigint", "n_comment string"],
    "region": ["r_regionkey bigint", "r_name string", "r_comment string"],
}

folder = sys.argv[1]
print("use sandbox;")
print("set odps.sql.type.system.odps2=true;")
for table, columns in TABLES.items():
    print(f"create external table file_{table} ({', '.join(columns)}) stored as parquet location 'file://{folder}/{table}';")
    print(f"create table {table} ({', '.join(columns)});")
    print(f"insert into {table} select * from file_{table};")
