-- A state of version 14: that of version 13, migrated.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE account (
  id         integer primary key autoincrement,
  principal  text not null,
  key        text not null unique,
  created    integer not null,
  -- Whether names have schemas in sessions of the tenant that it is, where these do not say themselves (SCH-1).
  has_schemas integer not null default 0
);
INSERT INTO account VALUES(1,'ALIYUN$root','aliyun$root',1795734839479,0);
INSERT INTO account VALUES(2,'ALIYUN$Bob@example.com','aliyun$bob@example.com',1795734839505,1);
INSERT INTO account VALUES(3,'ALIYUN$eve@example.com','aliyun$eve@example.com',1795734839522,0);
INSERT INTO account VALUES(4,'RAM$eve@example.com:ann','ram$eve@example.com:ann',1795734839522,0);
INSERT INTO account VALUES(6,'RAM$Bob@example.com:tess','ram$bob@example.com:tess',1795801192809,0);
INSERT INTO account VALUES(7,'RAM$eve@example.com:role/etl','ram$eve@example.com:role/etl',1795810872021,0);
CREATE TABLE access_key (
  id       text primary key,
  account  integer not null references account(id) on delete cascade,
  secret   blob not null,
  -- The root key that opens it.
  root_key text not null,
  enabled  integer not null default 1,
  created  integer not null
) without rowid;
INSERT INTO access_key VALUES('LTAI4Q8DZZGGDNBCEEXCBSTX',7,X'1dd7c877903927c6f4ef81e066fdeece43fd3dbf1d6681acc734ed02156c6809a8dc8de031152426c3ea2e18624d3601e1368b51707c5eb4cd49','e0b4de1ff24bb986',1,1795810872021);
INSERT INTO access_key VALUES('LTAIEXAMPLE1',1,X'95f4b449993e384d9d5aaafeb287b2966e9b53aac79162cae497c63359b94491a9e4b8','e0b4de1ff24bb986',1,1795734839479);
INSERT INTO access_key VALUES('LTAIEXAMPLE2',2,X'd63607c2a0ac620a6220fb297c0e37b03924e72016ab577388de672f5c3aeda3c84940','e0b4de1ff24bb986',1,1795734839505);
INSERT INTO access_key VALUES('LTAIEXAMPLE3',3,X'cde250bcf363d2cfa275bda50f1e04aae95668cc63c9c55860cf3a0ea4048e54d28e36','e0b4de1ff24bb986',1,1795734839522);
INSERT INTO access_key VALUES('LTAIEXAMPLE4',4,X'29b8c362bd3e052444e169565170c5bbda190b8b7a37582b032d1ea5498f25d36ed4fb','e0b4de1ff24bb986',1,1795734839522);
INSERT INTO access_key VALUES('LTAIHKTZ2WGH6W6P2A6BS9XT',6,X'463f1d1cff75b461f338a13d967b3a1f1f854e2a3130563484792b21506915c419d054d25a52a3ed7d9b72550dae255f39d3a12ed9244f925be4','e0b4de1ff24bb986',1,1795822781433);
INSERT INTO access_key VALUES('LTAIZLZRHQ3Q42N2WTZR8R5J',6,X'ecd3a8e0ec5a76face1cac25124b811fffc9c631736495b6b31ed7e4ec6c56c1e1a544aed4ac7e4cf525df6e1b334eb043f7bdb02b463a165e0d','e0b4de1ff24bb986',1,1795801192809);
CREATE TABLE project (
  id        integer primary key autoincrement,
  name      text not null unique,
  owner     integer not null references account(id),
  comment   text not null default '',
  frozen    integer not null default 0,
  created   integer not null,
  modified  integer not null,
  -- Moves with every change of the project's security or definitions: what was bound before is decided again (STG-2).
  version   integer not null default 1,
  check_permission_using_acl               integer not null default 1,
  check_permission_using_policy            integer not null default 1,
  object_creator_has_access_permission     integer not null default 1,
  object_creator_has_grant_permission      integer not null default 1,
  label_security                           integer not null default 0,
  project_protection                       integer not null default 0,
  -- A JSON document, as its file was written (EXC-8).
  exception_policy                         text,
  external_resource_access_control         integer not null default 0,
  -- The locations that are allowed then, as they were written (EXT-2).
  external_resource_locations              text not null default '',
  -- Whether tenant resources must be mounted, and allowed by policies (TRS-3).
  tenant_resource_access_control           integer not null default 0,
  -- The quota of jobs that name none.
  default_quota                            integer references tenant_resource(id) on delete set null
);
INSERT INTO project VALUES(1,'sandbox',1,'',0,1795734839479,1795734839479,1,1,1,1,1,0,0,NULL,0,'',0,NULL);
INSERT INTO project VALUES(2,'prod',2,'',0,1795734839523,1795765726355,81,1,1,1,1,0,1,NULL,0,'',0,NULL);
INSERT INTO project VALUES(3,'lab',3,'',0,1795734839523,1795734839523,12,1,1,1,1,0,0,NULL,0,'',0,NULL);
CREATE TABLE encryption_key (
  id       integer primary key autoincrement,
  tenant   integer not null references account(id) on delete cascade,
  name     text not null,
  -- Goes up with each rotation.
  version  integer not null default 1,
  wrapped  blob not null,
  -- The root key that opens it.
  root_key text not null,
  enabled  integer not null default 1,
  created  integer not null,
  rotated  integer,
  unique (tenant, name)
);
CREATE TABLE project_encryption (
  project integer primary key references project(id) on delete cascade,
  key     integer not null references encryption_key(id),
  wrapped blob not null
) without rowid;
CREATE TABLE project_property (
  project integer not null references project(id) on delete cascade,
  key     text not null,
  value   text not null,
  primary key (project, key)
) without rowid;
INSERT INTO project_property VALUES(2,'READ_TABLE_MAX_ROW','77');
CREATE TABLE account_provider (
  project integer not null references project(id) on delete cascade,
  name    text not null,
  primary key (project, name)
) without rowid;
INSERT INTO account_provider VALUES(1,'ALIYUN');
INSERT INTO account_provider VALUES(1,'RAM');
INSERT INTO account_provider VALUES(2,'ALIYUN');
INSERT INTO account_provider VALUES(2,'RAM');
INSERT INTO account_provider VALUES(3,'ALIYUN');
INSERT INTO account_provider VALUES(3,'RAM');
CREATE TABLE member (
  project integer not null references project(id) on delete cascade,
  account integer not null references account(id) on delete cascade,
  comment text not null default '',
  added   integer not null,
  primary key (project, account)
) without rowid;
INSERT INTO member VALUES(2,3,'',1795734839691);
INSERT INTO member VALUES(2,4,'',1795734839692);
INSERT INTO member VALUES(2,6,'',1795801192902);
INSERT INTO member VALUES(3,2,'',1795734840041);
INSERT INTO member VALUES(3,4,'',1795734840041);
CREATE TABLE role (
  project integer not null references project(id) on delete cascade,
  name    text not null,
  kind    text not null check (kind in ('resource', 'admin')),
  comment text not null default '',
  created integer not null,
  primary key (project, name)
) without rowid;
INSERT INTO role VALUES(1,'admin','admin','',1795734839479);
INSERT INTO role VALUES(1,'super_administrator','admin','',1795734839479);
INSERT INTO role VALUES(2,'admin','admin','',1795734839523);
INSERT INTO role VALUES(2,'reader','resource','',1795734839692);
INSERT INTO role VALUES(2,'super_administrator','admin','',1795734839523);
INSERT INTO role VALUES(3,'admin','admin','',1795734839523);
INSERT INTO role VALUES(3,'super_administrator','admin','',1795734839523);
CREATE TABLE role_user (
  project integer not null,
  role    text not null,
  account integer not null references account(id) on delete cascade,
  granted integer not null,
  grantor text not null,
  primary key (project, role, account),
  foreign key (project, role) references role(project, name) on delete restrict
) without rowid;
INSERT INTO role_user VALUES(2,'reader',3,1795734839692,'ALIYUN$Bob@example.com');
CREATE TABLE policy (
  project  integer not null references project(id) on delete cascade,
  role     text not null default '',
  kind     text not null default 'resource' check (kind in ('resource', 'admin')),
  document text not null,
  -- Which document it is: compiled policies are known by it. Never used again, not even after a rollback.
  stamp    text not null default (lower(hex(randomblob(16)))),
  primary key (project, role, kind)
) without rowid;
INSERT INTO policy VALUES(2,'reader','resource','{"Version":"1","Statement":[{"Effect":"Deny","Action":["odps:Drop"],"Resource":["acs:odps:*:projects/prod/tables/t"]}]}','b3b94def60d9df1caac7541bc3866240');
CREATE TABLE tenant_user (
  account integer primary key references account(id) on delete cascade,
  tenant  integer not null references account(id) on delete cascade,
  comment text not null default '',
  added   integer not null
);
INSERT INTO tenant_user VALUES(6,2,'',1795801192821);
CREATE TABLE tenant_role (
  id       integer primary key autoincrement,
  tenant   integer not null references account(id) on delete cascade,
  name     text not null,
  comment  text not null default '',
  -- The policy as it was put, and which document it is, like those of `policy`.
  document text,
  stamp    text,
  created  integer not null,
  unique (tenant, name)
);
INSERT INTO tenant_role VALUES(1,1,'super_administrator','',NULL,NULL,1795734839479);
INSERT INTO tenant_role VALUES(2,1,'admin','',NULL,NULL,1795734839479);
INSERT INTO tenant_role VALUES(3,2,'super_administrator','',NULL,NULL,1795734839505);
INSERT INTO tenant_role VALUES(4,2,'admin','',NULL,NULL,1795734839505);
INSERT INTO tenant_role VALUES(5,3,'super_administrator','',NULL,NULL,1795734839522);
INSERT INTO tenant_role VALUES(6,3,'admin','',NULL,NULL,1795734839522);
INSERT INTO tenant_role VALUES(7,2,'keeper','',replace('{\n    "Version": "1",\n    "Statement": [\n        {"Effect": "Allow", "Action": "odps:*", "Resource": "acs:odps:*:projects/*"},\n        {"Effect": "Deny", "Action": "odps:Drop", "Resource": "acs:odps:*:projects/*/tables/keep_*"}\n    ]\n}\n','\n',char(10)),'19217d6f55b6af0cc3ed1a5a455ce492',1795801192817);
CREATE TABLE tenant_role_user (
  role    integer not null references tenant_role(id) on delete restrict,
  account integer not null references tenant_user(account) on delete cascade,
  granted integer not null,
  grantor text not null,
  primary key (role, account)
) without rowid;
INSERT INTO tenant_role_user VALUES(7,6,1795801192825,'ALIYUN$Bob@example.com');
CREATE TABLE tenant_role_project (
  role    integer not null references tenant_role(id) on delete cascade,
  project integer not null references project(id) on delete cascade,
  added   integer not null,
  primary key (role, project)
) without rowid;
INSERT INTO tenant_role_project VALUES(7,2,1795801192908);
CREATE TABLE tenant_resource (
  id         integer primary key autoincrement,
  tenant     integer not null references account(id) on delete cascade,
  kind       text not null check (kind in ('quota', 'networklink', 'foreignserver', 'image')),
  name       text not null,
  creator    integer references account(id) on delete set null,
  -- The network connection that an external data source goes through.
  connection integer references tenant_resource(id),
  created    integer not null,
  unique (tenant, kind, name)
);
INSERT INTO tenant_resource VALUES(1,2,'quota','big',2,NULL,1795810871969);
INSERT INTO tenant_resource VALUES(2,2,'networklink','vpc1',2,NULL,1795810871970);
CREATE TABLE tenant_resource_mount (
  resource integer not null references tenant_resource(id) on delete cascade,
  project  integer not null references project(id) on delete cascade,
  mounted  integer not null,
  primary key (resource, project)
) without rowid;
INSERT INTO tenant_resource_mount VALUES(1,2,1795810871971);
CREATE TABLE trusted_project (
  project integer not null references project(id) on delete cascade,
  trusted integer not null references project(id) on delete cascade,
  added   integer not null,
  primary key (project, trusted)
) without rowid;
INSERT INTO trusted_project VALUES(2,3,1795734839732);
CREATE TABLE object (
  id      integer primary key autoincrement,
  project integer not null references project(id) on delete cascade,
  schema  text not null default 'default',
  kind    text not null,
  -- As what names and grants know it: a view is a table (`ObjectKind::grants_as`).
  family  text not null generated always as (case kind when 'view' then 'table' else kind end) virtual,
  name    text not null,
  -- None of a project, which has its owner itself, and of what belongs to a project as such: its schema `default`, an installed package.
  owner   integer references account(id),
  created integer not null,
  unique (project, schema, family, name)
);
INSERT INTO object VALUES(8,1,'default','project','sandbox',NULL,1795734839479);
INSERT INTO object VALUES(10,2,'default','resource','a.txt',2,1795734839702);
INSERT INTO object VALUES(11,2,'default','function','f',2,1795734839720);
INSERT INTO object VALUES(12,2,'default','instance','20261126231359529gpmrsig39',2,1795734839529);
INSERT INTO object VALUES(13,3,'default','package','prod.pk',NULL,1795734840040);
INSERT INTO object VALUES(14,1,'default','schema','default',NULL,1795734839479);
INSERT INTO object VALUES(16,2,'default','project','prod',NULL,1795734839523);
INSERT INTO object VALUES(17,2,'default','table','t',2,1795734839531);
INSERT INTO object VALUES(18,2,'default','resource','b.py',2,1795734839708);
INSERT INTO object VALUES(20,2,'default','instance','20261126231359531grt8f3j91',2,1795734839531);
INSERT INTO object VALUES(21,3,'default','package','prod.closed',NULL,1795734840040);
INSERT INTO object VALUES(22,2,'default','schema','default',NULL,1795734839523);
INSERT INTO object VALUES(24,3,'default','project','lab',NULL,1795734839523);
INSERT INTO object VALUES(25,2,'default','table','u',2,1795734839619);
INSERT INTO object VALUES(26,2,'default','resource','c.jar',2,1795734839709);
INSERT INTO object VALUES(28,2,'default','instance','20261126231359531gjr583c1q',2,1795734839531);
INSERT INTO object VALUES(30,3,'default','schema','default',NULL,1795734839523);
INSERT INTO object VALUES(33,2,'default','view','v',2,1795734839646);
INSERT INTO object VALUES(34,2,'default','resource','d.zip',2,1795734839710);
INSERT INTO object VALUES(36,2,'default','instance','20261126231359555g54zhg102',2,1795734839555);
INSERT INTO object VALUES(41,2,'default','view','w',2,1795734839690);
INSERT INTO object VALUES(42,2,'default','resource','tu',2,1795734839719);
INSERT INTO object VALUES(44,2,'default','instance','20261126231359619gaq6ib2l5',2,1795734839619);
INSERT INTO object VALUES(49,3,'default','view','mine',3,1795734840055);
INSERT INTO object VALUES(50,2,'default','resource','tp',2,1795734839720);
INSERT INTO object VALUES(52,2,'default','instance','20261126231359622giw1hdeuq',2,1795734839622);
INSERT INTO object VALUES(60,2,'default','instance','20261126231359641g4xq1rewp',2,1795734839641);
INSERT INTO object VALUES(68,2,'default','instance','20261126231359646gt5mbxs9m',2,1795734839646);
INSERT INTO object VALUES(76,2,'default','instance','20261126231359690gdg5x9dnf',2,1795734839690);
INSERT INTO object VALUES(84,2,'default','instance','20261126231359750g34lproy4',2,1795734839750);
INSERT INTO object VALUES(92,2,'default','instance','20261126231359809gs5dcojaa',2,1795734839809);
INSERT INTO object VALUES(100,2,'default','instance','20261126231359873g0vkgnk08',2,1795734839873);
INSERT INTO object VALUES(108,3,'default','instance','20261126231400055gh8bi6oob',3,1795734840055);
INSERT INTO object VALUES(116,2,'default','instance','20261126231400466gpbv8yzqs',2,1795734840466);
INSERT INTO object VALUES(120,2,'default','table','five',2,1795750251239);
INSERT INTO object VALUES(121,2,'default','instance','20261127033051239gz2n9h8xj',2,1795750251239);
INSERT INTO object VALUES(122,2,'default','instance','20261127033051244gy20ieczr',2,1795750251244);
INSERT INTO object VALUES(123,2,'default','instance','20261127033051250gm8ur9gps',2,1795750251250);
INSERT INTO object VALUES(124,2,'default','table','six',2,1795765726354);
INSERT INTO object VALUES(125,2,'default','instance','20261127074846354g9hhwjkb1',2,1795765726354);
INSERT INTO object VALUES(126,2,'default','table','nine',2,1795781819133);
INSERT INTO object VALUES(127,2,'default','instance','20261127121659133g4x2z793x',2,1795781819133);
INSERT INTO object VALUES(128,2,'default','schema','ten',2,1795788228881);
INSERT INTO object VALUES(129,2,'default','instance','20261127140348881gzgr0033f',2,1795788228881);
INSERT INTO object VALUES(130,2,'ten','table','t',2,1795788228882);
INSERT INTO object VALUES(131,2,'default','instance','20261127140348882go10kmgkt',2,1795788228882);
INSERT INTO object VALUES(132,2,'ten','view','v',2,1795788228934);
INSERT INTO object VALUES(133,2,'default','instance','20261127140348934guhzgdydd',2,1795788228934);
INSERT INTO object VALUES(134,1,'default','package','information_schema.systables',NULL,1795734839479);
INSERT INTO object VALUES(135,2,'default','package','information_schema.systables',NULL,1795734839523);
INSERT INTO object VALUES(136,3,'default','package','information_schema.systables',NULL,1795734839523);
INSERT INTO object VALUES(137,2,'default','instance','20261127233941419g154q67s5',2,1795822781419);
CREATE TABLE schema_object (
  id       integer primary key references object(id) on delete cascade,
  comment  text not null default '',
  modified integer not null
);
INSERT INTO schema_object VALUES(128,'',1795788228881);
CREATE TABLE table_object (
  id        integer primary key references object(id) on delete cascade,
  comment   text not null default '',
  lifecycle integer,
  -- Whether its rows can be updated and deleted one by one.
  transactional integer not null default 0,
  view_text text,
  defined   integer not null,
  modified  integer not null,
  -- Of a view: how often its body was replaced.
  body      integer not null default 0,
  -- Whether it got its name by being renamed: a view that named something of this name does not mean it (VIW-6).
  renamed   integer not null default 0,
  -- Of a view: whether it is known what the names in its query stand for.
  bound     integer not null default 0
);
INSERT INTO table_object VALUES(17,'',NULL,0,NULL,1795734839531,1795734839617,0,0,0);
INSERT INTO table_object VALUES(25,'',NULL,0,NULL,1795734839619,1795734839920,0,0,0);
INSERT INTO table_object VALUES(33,'',NULL,0,'select id, name from t where id > 1',1795734839646,1795734839646,0,0,1);
INSERT INTO table_object VALUES(41,'',NULL,0,'select v.id as id, u.b as b from v join u on v.id = u.a',1795734839690,1795734839690,0,0,1);
INSERT INTO table_object VALUES(49,'',NULL,0,'select 1 as one',1795734840055,1795734840055,0,0,1);
INSERT INTO table_object VALUES(120,'',NULL,0,NULL,1795750251239,1795750251248,0,0,0);
INSERT INTO table_object VALUES(124,'',NULL,0,NULL,1795765726354,1795765726354,0,0,0);
INSERT INTO table_object VALUES(126,'',NULL,0,NULL,1795781819133,1795781819133,0,0,0);
INSERT INTO table_object VALUES(130,'',NULL,0,NULL,1795788228882,1795788228882,0,0,0);
INSERT INTO table_object VALUES(132,'',NULL,0,'select id from ten.t',1795788228934,1795788228934,0,0,1);
CREATE TABLE external_table (
  id       integer primary key references table_object(id) on delete cascade,
  format   text not null,
  location text not null
);
CREATE TABLE external_property (
  table_id integer not null references external_table(id) on delete cascade,
  kind     text not null check (kind in ('serde', 'table')),
  key      text not null,
  value    text not null,
  primary key (table_id, kind, key)
) without rowid;
CREATE TABLE column_object (
  table_id    integer not null references table_object(id) on delete cascade,
  position    integer not null,
  -- Data files name columns by this number.
  id          integer not null,
  name        text not null,
  data_type   text not null,
  comment     text not null default '',
  nullable    integer not null default 1,
  -- What an insert writes that does not name the column.
  fallback    text,
  partitioned integer not null default 0,
  -- Whether it is part of the primary key of the table.
  is_key      integer not null default 0,
  primary key (table_id, position),
  unique (table_id, name)
) without rowid;
INSERT INTO column_object VALUES(17,0,2,'id','bigint','number',1,NULL,0,0);
INSERT INTO column_object VALUES(17,1,3,'name','string','',1,NULL,0,0);
INSERT INTO column_object VALUES(17,2,4,'ds','string','',1,NULL,1,0);
INSERT INTO column_object VALUES(25,0,5,'a','bigint','',1,NULL,0,0);
INSERT INTO column_object VALUES(25,1,6,'b','string','',1,NULL,0,0);
INSERT INTO column_object VALUES(33,0,7,'id','bigint','',1,NULL,0,0);
INSERT INTO column_object VALUES(33,1,8,'name','string','',1,NULL,0,0);
INSERT INTO column_object VALUES(41,0,9,'id','bigint','',1,NULL,0,0);
INSERT INTO column_object VALUES(41,1,10,'b','string','',1,NULL,0,0);
INSERT INTO column_object VALUES(49,0,11,'one','bigint','',1,NULL,0,0);
INSERT INTO column_object VALUES(120,0,12,'id','bigint','',1,NULL,0,0);
INSERT INTO column_object VALUES(124,0,13,'a','bigint','',1,NULL,0,0);
INSERT INTO column_object VALUES(126,0,14,'id','bigint','',1,NULL,0,0);
INSERT INTO column_object VALUES(126,1,15,'name','string','',1,NULL,0,0);
INSERT INTO column_object VALUES(130,0,16,'id','bigint','',1,NULL,0,0);
INSERT INTO column_object VALUES(132,0,17,'id','bigint','',1,NULL,0,0);
CREATE TABLE view_column (
  table_id integer not null references table_object(id) on delete cascade,
  position integer not null,
  name     text not null,
  primary key (table_id, position)
) without rowid;
INSERT INTO view_column VALUES(33,0,'id');
INSERT INTO view_column VALUES(33,1,'name');
INSERT INTO view_column VALUES(41,0,'id');
INSERT INTO view_column VALUES(41,1,'b');
INSERT INTO view_column VALUES(49,0,'one');
INSERT INTO view_column VALUES(132,0,'id');
CREATE TABLE view_relation (
  view_id  integer not null references table_object(id) on delete cascade,
  position integer not null,
  qualifier text,
  name     text not null,
  object   integer,
  primary key (view_id, position)
) without rowid;
INSERT INTO view_relation VALUES(33,0,NULL,'t',17);
INSERT INTO view_relation VALUES(41,0,NULL,'v',33);
INSERT INTO view_relation VALUES(41,1,NULL,'u',25);
INSERT INTO view_relation VALUES(132,0,'ten','t',130);
CREATE TABLE view_relation_column (
  view_id   integer not null references table_object(id) on delete cascade,
  relation  integer not null,
  position  integer not null,
  name      text not null,
  column_id integer not null,
  primary key (view_id, relation, position)
) without rowid;
INSERT INTO view_relation_column VALUES(33,0,0,'id',2);
INSERT INTO view_relation_column VALUES(33,0,1,'name',3);
INSERT INTO view_relation_column VALUES(41,1,0,'a',5);
INSERT INTO view_relation_column VALUES(41,1,1,'b',6);
INSERT INTO view_relation_column VALUES(132,0,0,'id',16);
CREATE TABLE view_function (
  view_id  integer not null references table_object(id) on delete cascade,
  position integer not null,
  qualifier text,
  name     text not null,
  object   integer,
  primary key (view_id, position)
) without rowid;
CREATE TABLE view_flag (
  view_id integer not null references table_object(id) on delete cascade,
  key     text not null,
  value   text not null,
  primary key (view_id, key)
) without rowid;
INSERT INTO view_flag VALUES(132,'odps.namespace.schema','true');
CREATE TABLE renamed_column (
  id integer primary key
) without rowid;
CREATE TABLE sequence (
  name text primary key,
  next integer not null
) without rowid;
INSERT INTO sequence VALUES('column',18);
INSERT INTO sequence VALUES('death',0);
INSERT INTO sequence VALUES('file',5);
INSERT INTO sequence VALUES('job',9);
CREATE TABLE partition_object (
  id       integer primary key autoincrement,
  table_id integer not null references table_object(id) on delete cascade,
  -- Of an encrypted project, sealed.
  spec     text not null,
  created  integer not null,
  modified integer not null,
  -- Of an external table: its folder, if that is not the one that its values name.
  location text,
  unique (table_id, spec)
);
INSERT INTO partition_object VALUES(1,17,'ds=1',1795734839531,1795734839617,NULL);
CREATE TABLE data_file (
  name         text primary key,
  table_id     integer references table_object(id) on delete set null,
  partition_id integer references partition_object(id) on delete set null,
  -- Null where it is sealed, and of a dead file.
  row_count    integer,
  sealed       blob,
  byte_count   integer not null,
  checksum     integer not null,
  -- Goes up with each file that becomes part of a table: rows come in the order in which they were inserted.
  added        integer not null default 0,
  -- Of a dead file: the number of its death.
  died         integer not null default 0
) without rowid;
INSERT INTO data_file VALUES('job1-0.parquet',17,1,3,NULL,773,1755736241,1,0);
INSERT INTO data_file VALUES('job2-0.parquet',25,NULL,2,NULL,748,305364321,2,0);
INSERT INTO data_file VALUES('job3-0.parquet',25,NULL,2,NULL,748,1984774346,3,0);
INSERT INTO data_file VALUES('job8-0.parquet',120,NULL,1,NULL,488,4256059806,4,0);
CREATE TABLE writing (
  prefix text primary key,
  -- The lease of the process that writes the files.
  lease  text not null default ''
) without rowid;
CREATE TABLE resource_object (
  id             integer primary key references object(id) on delete cascade,
  type           text not null check (type in ('file', 'py', 'jar', 'archive', 'table')),
  -- Who put there what it holds now: of a table, its rights count when it is read (VIW-1).
  updator        integer references account(id) on delete set null,
  comment        text not null default '',
  -- For type `table`: the table, null once it is dropped, and its name when the resource was added.
  table_id       integer references table_object(id) on delete set null,
  table_project  text,
  table_schema   text not null default 'default',
  table_name     text,
  partition_spec text,
  byte_count     integer not null default 0,
  -- Of an encrypted project, sealed, with the number of bytes.
  md5            text,
  modified       integer not null
);
INSERT INTO resource_object VALUES(10,'file',2,'',NULL,NULL,'default',NULL,NULL,6,'b1946ac92492d2347c6235b4d2611184',1795734839702);
INSERT INTO resource_object VALUES(18,'py',2,'',NULL,NULL,'default',NULL,NULL,9,'dee5c46989f5ec092311188f4fe829c3',1795734839708);
INSERT INTO resource_object VALUES(26,'jar',2,'',NULL,NULL,'default',NULL,NULL,2,'d71bdd22c8bb93b8d287dce6f46aed25',1795734839709);
INSERT INTO resource_object VALUES(34,'archive',2,'',NULL,NULL,'default',NULL,NULL,2,'d71bdd22c8bb93b8d287dce6f46aed25',1795734839710);
INSERT INTO resource_object VALUES(42,'table',2,'',25,'prod','default','u',NULL,0,NULL,1795734839719);
INSERT INTO resource_object VALUES(50,'table',2,'',17,'prod','default','t','ds=''1''',0,NULL,1795734839720);
CREATE TABLE resource_content (
  id       integer primary key autoincrement,
  resource integer unique references resource_object(id) on delete set null,
  lease    text not null default '',
  -- The encrypted project whose data key seals its pieces.
  sealed_by integer,
  check (resource is null or lease = '')
);
INSERT INTO resource_content VALUES(10,10,'',NULL);
INSERT INTO resource_content VALUES(18,18,'',NULL);
INSERT INTO resource_content VALUES(26,26,'',NULL);
INSERT INTO resource_content VALUES(34,34,'',NULL);
CREATE TABLE resource_piece (
  content  integer not null references resource_content(id) on delete cascade,
  position integer not null,
  bytes    blob not null,
  primary key (content, position)
);
INSERT INTO resource_piece VALUES(10,0,X'68656c6c6f0a');
INSERT INTO resource_piece VALUES(18,0,X'7072696e742831290a');
INSERT INTO resource_piece VALUES(26,0,X'504b');
INSERT INTO resource_piece VALUES(34,0,X'504b');
CREATE TABLE function_object (
  id       integer primary key references object(id) on delete cascade,
  -- Who said what it is made of now: its rights count for the resources when the function is called.
  maker    integer references account(id) on delete set null,
  class    text not null,
  modified integer not null
);
INSERT INTO function_object VALUES(11,2,'a.B',1795734839720);
CREATE TABLE function_resource (
  function_id integer not null references function_object(id) on delete cascade,
  position    integer not null,
  project     text not null,
  schema      text not null default 'default',
  name        text not null,
  -- What it held when the function was made: the number of its content, or of its table as a negative number.
  made_of     integer,
  primary key (function_id, position)
) without rowid;
INSERT INTO function_resource VALUES(11,0,'prod','default','c.jar',26);
INSERT INTO function_resource VALUES(11,1,'prod','default','tu',-25);
CREATE TABLE instance_object (
  id         integer primary key references object(id) on delete cascade,
  job        text not null,
  statement  text not null,
  status     text not null check (status in ('Running', 'Success', 'Failed', 'Cancelled')),
  ended      integer,
  error_code text,
  error      text,
  -- Why its result is not kept.
  lost       text check (lost in ('size', 'reader', 'time', 'disk')),
  -- While it runs: the lease of the process that runs it.
  lease      text not null default '',
  -- Another shell wants it to end.
  killed     integer not null default 0,
  -- Whether it concerns an encrypted project: then literals in its text, and the text of its error, are not kept.
  concealed  integer not null default 0
);
INSERT INTO instance_object VALUES(12,'SQL','create table gone (a bigint)','Success',1795734839529,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(20,'SQL','create table t (id bigint comment ''number'', name string) partitioned by (ds string)','Success',1795734839531,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(28,'SQL','alter table t add partition (ds=''1'')','Success',1795734839531,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(36,'SQL','insert into t partition (ds=''1'') values (1, ''one''), (2, ''two''), (3, ''three'')','Success',1795734839618,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(44,'SQL','create table u (a bigint, b string)','Success',1795734839619,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(52,'SQL','insert into u values (2, ''b2''), (3, ''b3'')','Success',1795734839638,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(60,'SQL','drop table gone','Success',1795734839641,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(68,'SQL','create view v as select id, name from t where id > 1','Success',1795734839646,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(76,'SQL','create view w as select v.id as id, u.b as b from v join u on v.id = u.a','Success',1795734839690,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(84,'SQL','select id, name from t order by id limit 10','Success',1795734839792,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(92,'SQL','select * from w order by id limit 10','Success',1795734839860,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(100,'SQL','select ''xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'' as c, n - n as z from (select explode(sequence(1, 2000)) as n) s','Success',1795734839894,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(108,'SQL','create view mine as select 1 as one','Success',1795734840055,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(116,'SQL','select x.n, y.n as m from (select explode(sequence(1, 3000)) as n) x join (select explode(sequence(1, 3000)) as n) y on x.n <> y.n','Failed',1795734840466,'ODPS-0010000','the shell that ran it ended','reader','',0,0);
INSERT INTO instance_object VALUES(121,'SQL','create table five (id bigint)','Success',1795750251239,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(122,'SQL','insert into five values (5)','Success',1795750251248,NULL,NULL,NULL,'a2c20c3ba8c6895f',0,0);
INSERT INTO instance_object VALUES(123,'SQL','select count(*) from five','Success',1795750251252,NULL,NULL,'time','b4ee38db58341005',0,0);
INSERT INTO instance_object VALUES(125,'SQL','create table six (a bigint)','Success',1795765726354,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(127,'SQL','create table nine (id bigint, name string)','Success',1795781819133,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(129,'SQL','create schema ten','Success',1795788228881,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(131,'SQL','create table ten.t (id bigint)','Success',1795788228882,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(133,'SQL','create view ten.v as select id from ten.t','Success',1795788228934,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(137,'SQL','select * from t','Success',1795822781431,NULL,NULL,NULL,'0f59f59fac516b45',0,0);
CREATE TABLE instance_source (
  instance     integer not null references instance_object(id) on delete cascade,
  position     integer not null,
  place        integer not null,
  project      integer not null,
  project_name text not null,
  kind         text not null,
  object       integer not null,
  schema       text not null default 'default',
  name         text not null,
  primary key (instance, position, place)
) without rowid;
INSERT INTO instance_source VALUES(28,0,0,2,'prod','table',17,'default','t');
INSERT INTO instance_source VALUES(68,0,0,2,'prod','table',17,'default','t');
INSERT INTO instance_source VALUES(76,0,0,2,'prod','table',17,'default','t');
INSERT INTO instance_source VALUES(76,0,1,2,'prod','table',33,'default','v');
INSERT INTO instance_source VALUES(76,1,0,2,'prod','table',25,'default','u');
INSERT INTO instance_source VALUES(84,0,0,2,'prod','table',17,'default','t');
INSERT INTO instance_source VALUES(92,0,0,2,'prod','table',17,'default','t');
INSERT INTO instance_source VALUES(92,0,1,2,'prod','table',41,'default','w');
INSERT INTO instance_source VALUES(92,0,2,2,'prod','table',33,'default','v');
INSERT INTO instance_source VALUES(92,1,0,2,'prod','table',25,'default','u');
INSERT INTO instance_source VALUES(92,1,1,2,'prod','table',41,'default','w');
INSERT INTO instance_source VALUES(123,0,0,2,'prod','table',120,'default','five');
INSERT INTO instance_source VALUES(133,0,0,2,'prod','table',130,'ten','t');
INSERT INTO instance_source VALUES(137,0,0,2,'prod','table',17,'default','t');
CREATE TABLE instance_access (
  instance     integer not null references instance_object(id) on delete cascade,
  position     integer not null,
  action       text not null,
  project      integer not null,
  project_name text not null,
  kind         text not null,
  object       integer not null,
  schema       text not null default 'default',
  name         text not null,
  -- Of a view, which of its bodies was read.
  body         integer,
  -- The object as a whole; else the columns of `instance_access_column`.
  whole        integer not null,
  -- The view, function or resource inside of which it is read: whoever answers for that is asked.
  inside       integer,
  primary key (instance, position)
) without rowid;
INSERT INTO instance_access VALUES(68,0,'Select',2,'prod','table',17,'default','t',0,0,NULL);
INSERT INTO instance_access VALUES(76,0,'Select',2,'prod','table',33,'default','v',0,0,NULL);
INSERT INTO instance_access VALUES(76,1,'Select',2,'prod','table',17,'default','t',0,0,33);
INSERT INTO instance_access VALUES(76,2,'Select',2,'prod','table',25,'default','u',0,0,NULL);
INSERT INTO instance_access VALUES(84,0,'Select',2,'prod','table',17,'default','t',0,0,NULL);
INSERT INTO instance_access VALUES(92,0,'Select',2,'prod','table',41,'default','w',0,0,NULL);
INSERT INTO instance_access VALUES(92,1,'Select',2,'prod','table',33,'default','v',0,0,41);
INSERT INTO instance_access VALUES(92,2,'Select',2,'prod','table',17,'default','t',0,0,33);
INSERT INTO instance_access VALUES(92,3,'Select',2,'prod','table',25,'default','u',0,0,41);
INSERT INTO instance_access VALUES(123,0,'Select',2,'prod','table',120,'default','five',0,0,NULL);
INSERT INTO instance_access VALUES(133,0,'Select',2,'prod','table',130,'ten','t',0,0,NULL);
INSERT INTO instance_access VALUES(137,0,'Select',2,'prod','table',17,'default','t',0,0,NULL);
CREATE TABLE instance_access_column (
  instance  integer not null,
  position  integer not null,
  column_id integer not null,
  primary key (instance, position, column_id),
  foreign key (instance, position) references instance_access(instance, position) on delete cascade
) without rowid;
INSERT INTO instance_access_column VALUES(68,0,2);
INSERT INTO instance_access_column VALUES(68,0,3);
INSERT INTO instance_access_column VALUES(76,0,7);
INSERT INTO instance_access_column VALUES(76,1,2);
INSERT INTO instance_access_column VALUES(76,1,3);
INSERT INTO instance_access_column VALUES(76,2,5);
INSERT INTO instance_access_column VALUES(76,2,6);
INSERT INTO instance_access_column VALUES(84,0,2);
INSERT INTO instance_access_column VALUES(84,0,3);
INSERT INTO instance_access_column VALUES(92,0,9);
INSERT INTO instance_access_column VALUES(92,0,10);
INSERT INTO instance_access_column VALUES(92,1,7);
INSERT INTO instance_access_column VALUES(92,2,2);
INSERT INTO instance_access_column VALUES(92,2,3);
INSERT INTO instance_access_column VALUES(92,3,5);
INSERT INTO instance_access_column VALUES(92,3,6);
INSERT INTO instance_access_column VALUES(133,0,16);
INSERT INTO instance_access_column VALUES(137,0,2);
INSERT INTO instance_access_column VALUES(137,0,3);
INSERT INTO instance_access_column VALUES(137,0,4);
CREATE TABLE instance_result (
  instance   integer primary key references instance_object(id) on delete cascade,
  ordered    integer not null,
  -- Null where it is sealed.
  row_count  integer,
  kept_until integer not null,
  content    blob,
  file       text unique,
  byte_count integer not null default 0,
  checksum   integer not null default 0,
  -- The encrypted projects whose rows are in it, as numbers with commas: their data keys together seal it.
  sealed_by  text,
  sealed     blob,
  check ((content is null) <> (file is null))
);
INSERT INTO instance_result VALUES(84,1,3,9999999999999,X'ffffffffb80000001000000000000a000c000a00090004000a000000100000000001040008000800000004000800000004000000020000004000000004000000d8ffffff180000000c000000000001051000000000000000040004000400000002000000633100001000140010000e000f00040000000800100000001800000020000000000001021c00000008000c0004000b000800000040000000000000010000000002000000633000000000000000000000000000000000000000000000fffffffff8000000100000000c001a0018001700040008000c00000020000000c000000000000000000000000000000304000a0018000c00080004000a0000003c0000001000000003000000000000000000000002000000030000000000000000000000000000000300000000000000000000000000000000000000050000000000000000000000000000000000000000000000000000001800000000000000400000000000000000000000000000004000000000000000100000000000000080000000000000000b00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010000000000000002000000000000000300000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000003000000060000000b0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000006f6e6574776f74687265650000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000ffffffff00000000',NULL,0,0,NULL,NULL);
INSERT INTO instance_result VALUES(92,1,2,9999999999999,X'ffffffffb80000001000000000000a000c000a00090004000a000000100000000001040008000800000004000800000004000000020000004000000004000000d8ffffff180000000c000000000001051000000000000000040004000400000002000000633100001000140010000e000f00040000000800100000001800000020000000000001021c00000008000c0004000b000800000040000000000000010000000002000000633000000000000000000000000000000000000000000000fffffffff8000000100000000c001a0018001700040008000c00000020000000c000000000000000000000000000000304000a0018000c00080004000a0000003c00000010000000020000000000000000000000020000000200000000000000000000000000000002000000000000000000000000000000000000000500000000000000000000000000000000000000000000000000000010000000000000004000000000000000000000000000000040000000000000000c0000000000000080000000000000000400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000020000000000000003000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000002000000040000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000062326233000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000ffffffff00000000',NULL,0,0,NULL,NULL);
INSERT INTO instance_result VALUES(100,0,2000,9999999999999,NULL,'result12-0.parquet',986,2750608882,NULL,NULL);
INSERT INTO instance_result VALUES(137,0,3,1795909181431,X'fffffffff80000001000000000000a000c000a00090004000a00000010000000000104000800080000000400080000000400000003000000680000002c00000004000000b4ffffff140000000c000000000001050c00000000000000dcffffff0200000063320000d8ffffff180000000c000000000001051000000000000000040004000400000002000000633100001000140010000e000f00040000000800100000001800000020000000000001021c00000008000c0004000b000800000040000000000000010000000002000000633000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000ffffffff38010000100000000c001a0018001700040008000c000000200000004001000000000000000000000000000304000a0018000c00080004000a0000004c000000100000000300000000000000000000000300000003000000000000000000000000000000030000000000000000000000000000000300000000000000000000000000000000000000080000000000000000000000000000000000000000000000000000001800000000000000400000000000000000000000000000004000000000000000100000000000000080000000000000000b00000000000000c0000000000000000000000000000000c000000000000000100000000000000000010000000000000300000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010000000000000002000000000000000300000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000003000000060000000b0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000006f6e6574776f746872656500000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001000000020000000300000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000031313100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000ffffffff00000000',NULL,0,0,NULL,NULL);
CREATE TABLE instance_column (
  instance  integer not null references instance_result(instance) on delete cascade,
  position  integer not null,
  name      text not null,
  data_type text not null,
  primary key (instance, position)
) without rowid;
INSERT INTO instance_column VALUES(84,0,'id','bigint');
INSERT INTO instance_column VALUES(84,1,'name','string');
INSERT INTO instance_column VALUES(92,0,'id','bigint');
INSERT INTO instance_column VALUES(92,1,'b','string');
INSERT INTO instance_column VALUES(100,0,'c','string');
INSERT INTO instance_column VALUES(100,1,'z','bigint');
INSERT INTO instance_column VALUES(137,0,'id','bigint');
INSERT INTO instance_column VALUES(137,1,'name','string');
INSERT INTO instance_column VALUES(137,2,'ds','string');
CREATE TABLE package (
  id      integer primary key autoincrement,
  project integer not null references project(id) on delete cascade,
  name    text not null,
  created integer not null,
  unique (project, name)
);
INSERT INTO package VALUES(1,2,'pk',1795734839721);
INSERT INTO package VALUES(2,2,'closed',1795734839731);
CREATE TABLE package_object (
  id      integer primary key autoincrement,
  package integer not null references package(id) on delete cascade,
  object  integer not null references object(id) on delete cascade,
  unique (package, object)
);
INSERT INTO package_object VALUES(1,1,17);
INSERT INTO package_object VALUES(2,1,41);
INSERT INTO package_object VALUES(3,1,10);
INSERT INTO package_object VALUES(4,1,11);
INSERT INTO package_object VALUES(5,2,25);
INSERT INTO package_object VALUES(6,1,130);
CREATE TABLE package_privilege (
  package_object integer not null references package_object(id) on delete cascade,
  action         text not null,
  primary key (package_object, action)
) without rowid;
INSERT INTO package_privilege VALUES(1,'Describe');
INSERT INTO package_privilege VALUES(1,'Select');
INSERT INTO package_privilege VALUES(2,'Describe');
INSERT INTO package_privilege VALUES(2,'Select');
INSERT INTO package_privilege VALUES(3,'Read');
INSERT INTO package_privilege VALUES(4,'Read');
INSERT INTO package_privilege VALUES(5,'Describe');
INSERT INTO package_privilege VALUES(5,'Select');
INSERT INTO package_privilege VALUES(6,'Describe');
INSERT INTO package_privilege VALUES(6,'Select');
CREATE TABLE package_allowed (
  package integer not null references package(id) on delete cascade,
  project integer not null references project(id) on delete cascade,
  label   integer not null check (label between 0 and 9),
  allowed integer not null,
  primary key (package, project)
) without rowid;
INSERT INTO package_allowed VALUES(1,3,0,1795734839722);
INSERT INTO package_allowed VALUES(2,3,0,1795734839732);
CREATE TABLE installation (
  id        integer primary key references object(id) on delete cascade,
  project   integer not null references project(id) on delete cascade,
  source    integer not null references project(id) on delete cascade,
  package   integer references package(id) on delete set null,
  name      text not null,
  installed integer not null,
  unique (project, source, name)
);
INSERT INTO installation VALUES(13,3,2,1,'pk',1795734840040);
INSERT INTO installation VALUES(21,3,2,2,'closed',1795734840040);
CREATE TABLE acl (
  id              integer primary key autoincrement,
  project         integer not null references project(id) on delete cascade,
  object          integer not null references object(id) on delete cascade,
  installation    integer references installation(id) on delete cascade,
  column_name     text not null default '',
  -- Inside a package, what object and column were called when this was given: what its project may be told of them (STG-4).
  given_name      text not null default '',
  given_column    text not null default '',
  account         integer references account(id) on delete cascade,
  role            text,
  action          text not null,
  grantor         text not null,
  granted         integer not null,
  expires         integer,
  -- The text of its conditions, as it was written.
  conditions      text,
  -- The installation, or 0: unique indexes tell every null from every other one.
  inside          integer not null generated always as (coalesce(installation, 0)) virtual,
  check ((account is null) <> (role is null))
);
INSERT INTO acl VALUES(1,2,17,NULL,'','','',NULL,'reader','Select','ALIYUN$Bob@example.com',1795734839693,NULL,NULL);
INSERT INTO acl VALUES(2,2,17,NULL,'id','','',4,NULL,'Select','ALIYUN$Bob@example.com',1795734839693,NULL,NULL);
INSERT INTO acl VALUES(3,2,17,NULL,'','','',3,NULL,'Describe','ALIYUN$Bob@example.com',1795734839693,NULL,NULL);
INSERT INTO acl VALUES(4,2,41,NULL,'','','',3,NULL,'Select','ALIYUN$Bob@example.com',1795734839693,NULL,NULL);
INSERT INTO acl VALUES(5,2,41,NULL,'','','',3,NULL,'Describe','ALIYUN$Bob@example.com',1795734839693,NULL,NULL);
INSERT INTO acl VALUES(6,2,16,NULL,'','','',3,NULL,'List','ALIYUN$Bob@example.com',1795734839694,NULL,NULL);
INSERT INTO acl VALUES(7,2,16,NULL,'','','',3,NULL,'CreateInstance','ALIYUN$Bob@example.com',1795734839694,NULL,NULL);
INSERT INTO acl VALUES(8,2,16,NULL,'','','',4,NULL,'CreateInstance','ALIYUN$Bob@example.com',1795734839694,NULL,NULL);
INSERT INTO acl VALUES(9,2,22,NULL,'','','',3,NULL,'CreateTable','ALIYUN$Bob@example.com',1795734839694,NULL,NULL);
INSERT INTO acl VALUES(10,2,10,NULL,'','','',3,NULL,'Read','ALIYUN$Bob@example.com',1795734839721,NULL,NULL);
INSERT INTO acl VALUES(11,2,11,NULL,'','','',3,NULL,'Execute','ALIYUN$Bob@example.com',1795734839721,NULL,NULL);
INSERT INTO acl VALUES(12,2,11,NULL,'','','',3,NULL,'Read','ALIYUN$Bob@example.com',1795734839721,NULL,NULL);
INSERT INTO acl VALUES(13,3,13,NULL,'','','',4,NULL,'Read','ALIYUN$eve@example.com',1795734840041,NULL,NULL);
INSERT INTO acl VALUES(14,3,24,NULL,'','','',4,NULL,'CreateInstance','ALIYUN$eve@example.com',1795734840041,NULL,NULL);
INSERT INTO acl VALUES(15,3,24,NULL,'','','',4,NULL,'CreateTable','ALIYUN$eve@example.com',1795734840041,NULL,NULL);
INSERT INTO acl VALUES(16,3,25,21,'','u','',4,NULL,'Select','ALIYUN$eve@example.com',1795734840042,NULL,NULL);
INSERT INTO acl VALUES(17,3,17,13,'id','t','id',4,NULL,'Select','ALIYUN$eve@example.com',1795734840042,NULL,NULL);
INSERT INTO acl VALUES(18,2,25,NULL,'','','',3,NULL,'Select','ALIYUN$Bob@example.com',1795779993184,1798371993184,'acs:SourceIp in (''10.0.0.0/8'')');
INSERT INTO acl VALUES(19,2,126,NULL,'','','',3,NULL,'Describe','ALIYUN$Bob@example.com',1795781819134,NULL,NULL);
INSERT INTO acl VALUES(20,2,130,NULL,'','','',3,NULL,'Select','ALIYUN$Bob@example.com',1795788228888,NULL,NULL);
CREATE TABLE reading_level (
  project integer not null references project(id) on delete cascade,
  account integer references account(id) on delete cascade,
  role    text,
  level   integer not null check (level between 1 and 9),
  check ((account is null) <> (role is null))
);
INSERT INTO reading_level VALUES(2,3,NULL,4);
CREATE TABLE label (
  table_id  integer not null references table_object(id) on delete cascade,
  column_id integer not null,
  level     integer not null check (level between 0 and 9),
  primary key (table_id, column_id)
) without rowid;
INSERT INTO label VALUES(17,0,1);
INSERT INTO label VALUES(17,2,3);
CREATE TABLE label_grant (
  id           integer primary key autoincrement,
  project      integer not null references project(id) on delete cascade,
  object       integer not null references object(id) on delete cascade,
  installation integer references installation(id) on delete cascade,
  column_id    integer not null default 0,
  given_name   text not null default '',
  given_column text not null default '',
  account      integer references account(id) on delete cascade,
  role         text,
  level        integer not null check (level between 0 and 9),
  grantor      text not null,
  granted      integer not null,
  expires      integer,
  inside       integer not null generated always as (coalesce(installation, 0)) virtual,
  check ((account is null) <> (role is null))
);
INSERT INTO label_grant VALUES(1,2,17,NULL,2,'','',3,NULL,3,'ALIYUN$Bob@example.com',1795734839522,NULL);
CREATE TABLE tunnel_session (
  id       text primary key,
  account  integer not null references account(id) on delete cascade,
  kind     text not null check (kind in ('upload', 'download')),
  command  text not null,
  -- Which run of it may note blocks and commit: the last one.
  attempt  text not null,
  status   text not null check (status in ('running', 'success', 'failed', 'bad')),
  started  integer not null,
  -- Where a download writes until it is complete; removed once its process, which holds the lease, has ended.
  draft    text,
  lease    text not null default '',
  -- The encrypted project that it moves rows of: its command and its bad records are sealed.
  sealed_by integer
) without rowid;
INSERT INTO tunnel_session VALUES('20261126231359calpbsxw',2,'download','tunnel download u ''./u_out.csv''','job5','success',1795734839936,NULL,'',NULL);
INSERT INTO tunnel_session VALUES('20261126231359suyqit67',2,'upload','tunnel upload ''/home/bob/u.csv'' prod.u','job3','success',1795734839899,NULL,'',NULL);
INSERT INTO tunnel_session VALUES('202611262314007hdpzbuy',2,'upload','tunnel upload ''/home/bob/big.csv'' prod.u -bs 1','job6','running',1795734840152,NULL,'',NULL);
CREATE TABLE tunnel_source (
  session  text not null references tunnel_session(id) on delete cascade,
  number   integer not null,
  path     text not null,
  bytes    integer not null,
  modified integer not null,
  primary key (session, number)
) without rowid;
INSERT INTO tunnel_source VALUES('20261126231359suyqit67',0,'/home/bob/u.csv',10,1795734765445084712);
INSERT INTO tunnel_source VALUES('202611262314007hdpzbuy',0,'/home/bob/big.csv',4040000,1795734839280798694);
CREATE TABLE tunnel_block (
  session   text not null references tunnel_session(id) on delete cascade,
  number    integer not null,
  source    integer not null,
  next      integer not null,
  -- Null where they are sealed.
  lines     integer,
  row_count integer,
  bad_count integer,
  sealed    blob,
  table_id  integer not null references table_object(id) on delete cascade,
  primary key (session, number)
) without rowid;
INSERT INTO tunnel_block VALUES('202611262314007hdpzbuy',1,0,2096962,20762,20762,0,NULL,25);
INSERT INTO tunnel_block VALUES('202611262314007hdpzbuy',2,0,3145443,31143,10381,0,NULL,25);
CREATE TABLE tunnel_file (
  name       text primary key,
  session    text not null,
  block      integer not null,
  -- Null where it is sealed.
  row_count  integer,
  sealed     blob,
  byte_count integer not null,
  checksum   integer not null,
  foreign key (session, block) references tunnel_block(session, number) on delete cascade
) without rowid;
INSERT INTO tunnel_file VALUES('job6-0.parquet','202611262314007hdpzbuy',1,10381,NULL,1019,3789584163);
INSERT INTO tunnel_file VALUES('job6-1.parquet','202611262314007hdpzbuy',1,10381,NULL,1019,3789584163);
INSERT INTO tunnel_file VALUES('job6-2.parquet','202611262314007hdpzbuy',2,10381,NULL,1019,3789584163);
CREATE TABLE tunnel_line (
  session text not null references tunnel_session(id) on delete cascade,
  number  integer not null,
  kind    text not null check (kind in ('log', 'bad')),
  line    text not null,
  primary key (session, kind, number)
) without rowid;
INSERT INTO tunnel_line VALUES('20261126231359calpbsxw',1,'log','2026-11-26 23:13:59  -  new session: 20261126231359calpbsxw	total lines: 4');
INSERT INTO tunnel_line VALUES('20261126231359calpbsxw',2,'log','2026-11-26 23:13:59  -  downloading 4 records into 1 file');
INSERT INTO tunnel_line VALUES('20261126231359calpbsxw',3,'log','2026-11-26 23:13:59  -  file [0]: [0, 4), ./u_out.csv');
INSERT INTO tunnel_line VALUES('20261126231359calpbsxw',4,'log','2026-11-26 23:14:00  -  file [0] OK. total: 20 bytes');
INSERT INTO tunnel_line VALUES('20261126231359calpbsxw',5,'log','total: 20 bytes, time: 0.102 s, average speed: 198 bytes/s');
INSERT INTO tunnel_line VALUES('20261126231359calpbsxw',6,'log','download OK');
INSERT INTO tunnel_line VALUES('20261126231359suyqit67',1,'log','Upload session: 20261126231359suyqit67');
INSERT INTO tunnel_line VALUES('20261126231359suyqit67',2,'log','Start upload:./u.csv');
INSERT INTO tunnel_line VALUES('20261126231359suyqit67',3,'log','Using \n to split records');
INSERT INTO tunnel_line VALUES('20261126231359suyqit67',4,'log','Upload in strict schema mode: true');
INSERT INTO tunnel_line VALUES('20261126231359suyqit67',5,'log','Total bytes:10	 Split input to 1 blocks');
INSERT INTO tunnel_line VALUES('20261126231359suyqit67',6,'log','2026-11-26 23:13:59	scan block: ''1''');
INSERT INTO tunnel_line VALUES('20261126231359suyqit67',7,'log','2026-11-26 23:13:59	scan block complete, block id: 1');
INSERT INTO tunnel_line VALUES('20261126231359suyqit67',8,'log','2026-11-26 23:13:59	upload block: ''1''');
INSERT INTO tunnel_line VALUES('20261126231359suyqit67',9,'log','2026-11-26 23:13:59	upload block complete, block id: 1');
INSERT INTO tunnel_line VALUES('20261126231359suyqit67',10,'log','upload complete, average speed is 476 bytes/s');
INSERT INTO tunnel_line VALUES('20261126231359suyqit67',11,'log','OK');
INSERT INTO tunnel_line VALUES('202611262314007hdpzbuy',1,'log','Upload session: 202611262314007hdpzbuy');
INSERT INTO tunnel_line VALUES('202611262314007hdpzbuy',2,'log','Start upload:./big.csv');
INSERT INTO tunnel_line VALUES('202611262314007hdpzbuy',3,'log','Using \n to split records');
INSERT INTO tunnel_line VALUES('202611262314007hdpzbuy',4,'log','Upload in strict schema mode: true');
INSERT INTO tunnel_line VALUES('202611262314007hdpzbuy',5,'log','Total bytes:4040000	 Split input to 4 blocks');
INSERT INTO tunnel_line VALUES('202611262314007hdpzbuy',6,'log','2026-11-26 23:14:00	scan block: ''1''');
INSERT INTO tunnel_line VALUES('202611262314007hdpzbuy',7,'log','2026-11-26 23:14:00	scan block: ''2''');
INSERT INTO tunnel_line VALUES('202611262314007hdpzbuy',8,'log','2026-11-26 23:14:00	scan block: ''3''');
INSERT INTO tunnel_line VALUES('202611262314007hdpzbuy',9,'log','2026-11-26 23:14:00	scan block complete, block id: 1');
INSERT INTO tunnel_line VALUES('202611262314007hdpzbuy',10,'log','2026-11-26 23:14:00	upload block: ''1''');
INSERT INTO tunnel_line VALUES('202611262314007hdpzbuy',11,'log','2026-11-26 23:14:00	upload block complete, block id: 1');
INSERT INTO tunnel_line VALUES('202611262314007hdpzbuy',12,'log','2026-11-26 23:14:00	scan block complete, block id: 2');
INSERT INTO tunnel_line VALUES('202611262314007hdpzbuy',13,'log','2026-11-26 23:14:00	upload block: ''2''');
INSERT INTO tunnel_line VALUES('202611262314007hdpzbuy',14,'log','2026-11-26 23:14:00	upload block complete, block id: 2');
CREATE TABLE audit (
  id        integer primary key autoincrement,
  -- The time of the session.
  time      integer not null,
  -- The machine's time; none in records that were written before the state had a chain.
  machine_time integer,
  principal text not null,
  source    text not null,
  project   text,
  job       text,
  statement text not null,
  objects   text not null,
  verdict   text not null check (verdict in ('allowed', 'denied', 'failed', 'local')),
  code      text,
  rules     text not null,
  -- SHA-256 of the hash before it and of everything above (AUD-1).
  hash      blob not null
);
INSERT INTO audit VALUES(1,1795734839505,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ account create ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'4f26cd9095b30bca15c78e996360f40210b822c5e7ed4b0fb193b077e8f83760');
INSERT INTO audit VALUES(2,1795734839522,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ account create ALIYUN$eve@example.com','','local',NULL,'BND-1',X'8ede1659cab52b02c26e4e63a51969ef01c112fcb8c162b2c0a7ee98bb14103c');
INSERT INTO audit VALUES(3,1795734839522,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ account create RAM$eve@example.com:ann','','local',NULL,'BND-1',X'be2662639a6a1387da21cbe512331ce77e9ca4eaa209b34d8dec01e65123619a');
INSERT INTO audit VALUES(4,1795734839522,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ account create ALIYUN$gone@example.com','','local',NULL,'BND-1',X'f5ccb830b20f6e8eebfbeae701f5a43a1858acaa7b91c7570920c92632774a1d');
INSERT INTO audit VALUES(5,1795734839522,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ account drop ALIYUN$gone@example.com','','local',NULL,'BND-1',X'327fe69b8cf88171170201d461a30aaaddc2f98d57910fa1425a20ab098cc6b7');
INSERT INTO audit VALUES(6,1795734839523,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ project create prod owner ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'86348a9ebfe0ec75fef9bd9cb2b414745aebaa71ed16de8f138f40c0904418d5');
INSERT INTO audit VALUES(7,1795734839523,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ project create lab owner ALIYUN$eve@example.com','','local',NULL,'BND-1',X'ca10483f7b5a5751562185f4e6691c0addd6fa8fa577aa9a114b50e6ebff1f5e');
INSERT INTO audit VALUES(8,1795734839523,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'484e5de46ab044879fe17cd0721d6a5982cbe8cb45f89c01f00960684aa97b6d');
INSERT INTO audit VALUES(9,1795734839524,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'f76169958f04511a850aa4f02165b728750524edd47d4443b36ebffabd2faafd');
INSERT INTO audit VALUES(10,1795734839529,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table gone (a bigint)','CreateInstance:projects/prod CreateTable:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'c37acc41b10a46875009867e0429cbce5d6af06f42656a0867ddaef59667fee3');
INSERT INTO audit VALUES(11,1795734839531,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table t (id bigint comment ''number'', name string) partitioned by (ds string)','CreateInstance:projects/prod CreateTable:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'22d70489a683a18d4430e06f25b0929b38c4328b367e1086e5d7c4a496c62009');
INSERT INTO audit VALUES(12,1795734839531,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','alter table t add partition (ds=''1'')','CreateInstance:projects/prod Alter:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'6b2d00013c044aedeab9375c5a3148d6a0ce6320f3b37efd6df9143d6f50f720');
INSERT INTO audit VALUES(13,1795734839555,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','insert into t partition (ds=''1'') values (1, ''one''), (2, ''two''), (3, ''three'')','CreateInstance:projects/prod Update:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'd9810a3d340400121df41b8234b74bdf84e56dd71e1778323449f37299991488');
INSERT INTO audit VALUES(14,1795734839618,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table u (a bigint, b string)','CreateInstance:projects/prod CreateTable:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'e7a62ebefb253ad88c490b790b8b8ed5ac6883a5e900546ed34574c5a969271f');
INSERT INTO audit VALUES(15,1795734839622,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','insert into u values (2, ''b2''), (3, ''b3'')','CreateInstance:projects/prod Update:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'f708d97335cfac64b8c715cf1f3f6956c35f175fafb25e94d50673b52bf0cec8');
INSERT INTO audit VALUES(16,1795734839641,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','drop table gone','CreateInstance:projects/prod Drop:projects/prod/tables/gone','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'7da9712927e0756259e3850883ae01db5d74dd600f35c88df5c432e0428e944c');
INSERT INTO audit VALUES(17,1795734839646,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create view v as select id, name from t where id > 1','CreateInstance:projects/prod CreateTable:projects/prod Select:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'15aa68c79f648cb04c3b074da3684782c3820e25be6ff806255bb7d92bb9098a');
INSERT INTO audit VALUES(18,1795734839690,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create view w as select v.id as id, u.b as b from v join u on v.id = u.a','CreateInstance:projects/prod CreateTable:projects/prod Select:projects/prod/tables/v Select:projects/prod/tables/t Select:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-2 VIW-1 FLW-4',X'18e1720a52c5a60d527a5340cb7b94451e2930774abd48f54e76262587796a8a');
INSERT INTO audit VALUES(19,1795734839691,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add user ALIYUN$eve@example.com','AddUser:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'1491404816751a3e244bc2cbd8bdb30bd3684ceba07c37d4f3b0b886e558929c');
INSERT INTO audit VALUES(20,1795734839692,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add user RAM$eve@example.com:ann','AddUser:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'6ba4bec79ff05d2d60ab5d24f53ac9c2e9d3af06f6daae5c9247fc293e21aea0');
INSERT INTO audit VALUES(21,1795734839692,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'create role reader','CreateRole:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'82ba5fc563ce28730ef7c3f45d5b45c87c121c92d6a3d71748f96856de99a26f');
INSERT INTO audit VALUES(22,1795734839692,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant reader to ALIYUN$eve@example.com','GrantRole:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2 ACC-8',X'0345a6ac671958e1ecfffe5774caaedbd2620474dad31b6ff91b44886f3476ac');
INSERT INTO audit VALUES(23,1795734839693,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Select on table t to role reader','GrantPrivs:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'1a5dd88edf18512393d00a49e004d23c5df06a1cc57baaa83753b80f0e797b7d');
INSERT INTO audit VALUES(24,1795734839693,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Select on table t (id) to user RAM$eve@example.com:ann','GrantPrivs:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'7ddb18ea03b50d777953f588377d30cd5d4f219ec70f46339f0e256267ce37be');
INSERT INTO audit VALUES(25,1795734839693,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Describe on table t to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'168752af8228b45c3f3502579a8c24d2c78b45151eb68ca94edba7687094eb9b');
INSERT INTO audit VALUES(26,1795734839693,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Select, Describe on table w to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/tables/w','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'5d6bf87d0ee7a005390d8ae544fe0175658892f239e002bf06157ef91c75f4b4');
INSERT INTO audit VALUES(27,1795734839694,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant List, CreateInstance on project prod to user ALIYUN$eve@example.com','GrantPrivs:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'837cae0d595ab1363ac49bd1d94fcd17fd9555c3847259a0372484adf796fda6');
INSERT INTO audit VALUES(28,1795734839694,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant CreateInstance on project prod to user RAM$eve@example.com:ann','GrantPrivs:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'dd05de32bf3c746ddd94673addc20fc5f622677b670fd3e734b49f75696cd1cc');
INSERT INTO audit VALUES(29,1795734839694,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant CreateTable on schema default to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/schemas/default','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'7de05ea33188a9b88908550af2427960bf322676daeaffc5b34aebd40855c6ba');
INSERT INTO audit VALUES(30,1795734839702,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add file ./a.txt','CreateResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'be08ce878e22b07f5bcf2267b653c068d14c2abd93aafc98d256852d06332d55');
INSERT INTO audit VALUES(31,1795734839708,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add py ./b.py -f','CreateResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'4a651a5ca020ae5ced1cb32968767361bc82b7183f08294ec9724683c81a9b98');
INSERT INTO audit VALUES(32,1795734839709,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add jar ./c.jar','CreateResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'10daa3bc8cdf7968731881c9aeb5a41f0869e13b2eda58a2de2b52a136e9063d');
INSERT INTO audit VALUES(33,1795734839710,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add archive ./d.zip','CreateResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'a41a425fd47db5bf22b7d60dbaf73cc4e5cafcede58c79b151a182965ced4ef7');
INSERT INTO audit VALUES(34,1795734839719,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add table u as tu','CreateResource:projects/prod Select:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'3ea8c07a4d7d583224c555fc207c7b902191030201a25a91b61565423f173526');
INSERT INTO audit VALUES(35,1795734839720,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add table t partition (ds=''1'') as tp','CreateResource:projects/prod Select:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'7d43e22eb904d686f4b553db5f4c1a74d85eaabac75614f48f8c36e054d270bb');
INSERT INTO audit VALUES(36,1795734839720,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'create function f as ''a.B'' using ''c.jar,tu''','CreateFunction:projects/prod Read:projects/prod/resources/c.jar Read:projects/prod/resources/tu Select:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-2 VIW-1 FLW-4',X'7d26bd29906c62d25c3ae1dc1dc3b4c8f81022dce9b1e831f9b03ac5fb713218');
INSERT INTO audit VALUES(37,1795734839721,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Read on resource a.txt to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/resources/a.txt','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'd2dab343e39c3249f13ba247a2e05f978175238b7c870c4a20cede09d3d179dd');
INSERT INTO audit VALUES(38,1795734839721,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Execute, Read on function f to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/registration/functions/f','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'ab86829ea1f92207b01012c21007aa06b00adb53ac7f0d700a88433a583ef847');
INSERT INTO audit VALUES(39,1795734839721,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'create package pk','CreatePackage:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'a0751d6073959ed525314bce17c56d95c1d7f5bec5dd1da56e988c4855d63852');
INSERT INTO audit VALUES(40,1795734839721,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add table t to package pk','AddPackageResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'396872f564b950e338d4802c3e297ce034c2a517de87e8c26a25a4f7f1bcb724');
INSERT INTO audit VALUES(41,1795734839722,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add table w to package pk','AddPackageResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'3f30bb762fe09d3b6ac67d3bdb458a4b92e94c33d1b99d6bf8f907914ea8d56c');
INSERT INTO audit VALUES(42,1795734839722,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add resource a.txt to package pk','AddPackageResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'e5747384c4658ac6fbd4be2bcf1e5649cd0ee49c8da744fe2a0415c93bf9a173');
INSERT INTO audit VALUES(43,1795734839722,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add function f to package pk','AddPackageResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'bf3428820a479c8a6675e4c3f3b5da2a13916483b0300cc65bbea1380db466b0');
INSERT INTO audit VALUES(44,1795734839722,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'allow project lab to install package pk','AllowInstallPackage:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'f3a91a248960f366c6ffc2d028d196181c511c4984a1107d4eaea14e8007d311');
INSERT INTO audit VALUES(45,1795734839731,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'create package closed','CreatePackage:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'2502947ab9a56fe9508dc01ec11e19bbd0c90bda00b9fb895f50e9b2be88cba0');
INSERT INTO audit VALUES(46,1795734839731,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add table u to package closed','AddPackageResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'dfb4334bf65f25dd4528c26dee1106b3f00d34000586d834d9e6549a25ec42ff');
INSERT INTO audit VALUES(47,1795734839732,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'allow project lab to install package closed','AllowInstallPackage:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'd1830fca7668ff38080a362fc16a28e85f184fa68bcdd726db5f9ad64fe7e08b');
INSERT INTO audit VALUES(48,1795734839732,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'setproject READ_TABLE_MAX_ROW=77','SetProperty:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'9dc3d29a25152654ac45a8aa635dcc34eff0459a2619ea2ca29a1b98a09489ba');
INSERT INTO audit VALUES(49,1795734839732,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add trustedproject lab','AddTrustedProject:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'ba71adaaf1e87a883ec766db11bd5772a62ce760fd9ee9e0f3f487305a6e2e59');
INSERT INTO audit VALUES(50,1795734839750,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','select id, name from t order by id limit 10','CreateInstance:projects/prod Select:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'6fb5a5bba297b113a814f5b94c9b92c1fba663527b64a70c09615a97cc0273e7');
INSERT INTO audit VALUES(51,1795734839809,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','select * from w order by id limit 10','CreateInstance:projects/prod Select:projects/prod/tables/w Select:projects/prod/tables/v Select:projects/prod/tables/t Select:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-2 VIW-1 FLW-4',X'09e1325272a8ef7e52cd44fe90493412fc364ed78740c9c00dbeb88d8da39034');
INSERT INTO audit VALUES(52,1795734839873,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','select ''xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'' as c, n - n as z from (select explode(sequence(1, 2000)) as n) s','CreateInstance:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'c580a6dd659ab047591a7ab0c357efc03b4b63a86a650e4b84cb668d2f9b27f0');
INSERT INTO audit VALUES(53,1795734839898,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','DT','tunnel upload ./u.csv u','Update:projects/prod/tables/u Describe:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'304d0e190316fe7633ca4fda2dab0336ea9794a1cf51c342e54139c7710977a0');
INSERT INTO audit VALUES(54,1795734839936,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','DT','tunnel download u ./u_out.csv','Select:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'b04a2be1632d422001fbf7d3a16330d82c48e55ed17d2da2d1f79b0fcbbde94f');
INSERT INTO audit VALUES(55,1795734840039,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'set ProjectProtection=true','SetSecurityConfiguration:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'b6c59af9cba1aa30572924a9b0c0aaf8077f18de2edb20f641b0d630be1b1bfb');
INSERT INTO audit VALUES(56,1795734840040,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'--@ user ALIYUN$eve@example.com','','local',NULL,'BND-1',X'266fc481d0d7da25123eb4aa586d0f1c9f2fdaa628e4914f06d9f15295722b16');
INSERT INTO audit VALUES(57,1795734840040,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'use lab','','allowed',NULL,'STG-1 PRJ-1',X'fbc164f9dc25c2980cfa6ca48a09fcfbcb0bb008c79829dca6bb9d92b9697852');
INSERT INTO audit VALUES(58,1795734840040,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'install package prod.pk','InstallPackage:projects/lab','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'13959a11fedd1963a6eb1ca3d15304a9b28702e86eed51f7c46b0df0ed92f1e1');
INSERT INTO audit VALUES(59,1795734840040,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'install package prod.closed','InstallPackage:projects/lab','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'e5a288e6d0979aef7d3669ba5092cf9447c38c42bda59db261628b03aa649c67');
INSERT INTO audit VALUES(60,1795734840041,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'add user RAM$eve@example.com:ann','AddUser:projects/lab','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'cb392d067b0e88581586b94ea9a4370a4012f90dcddf60fd6f350c7128bf9e84');
INSERT INTO audit VALUES(61,1795734840041,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'add user ALIYUN$Bob@example.com','AddUser:projects/lab','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'a3a999ef265e7c17194dfea4706001868a9815e28c1e02ca0c3bc04ae2cecd6a');
INSERT INTO audit VALUES(62,1795734840041,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'grant Read on package prod.pk to user RAM$eve@example.com:ann','GrantPrivs:projects/lab/packages/prod.pk','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'511de1c6661f595cc6ce7efdac585dbf5045037ff56107ef6124f3a4c41d4b41');
INSERT INTO audit VALUES(63,1795734840041,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'grant CreateInstance, CreateTable on project lab to user RAM$eve@example.com:ann','GrantPrivs:projects/lab','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'51705e4c09eaf7f7e982074847c3c183017863ab4e877c260cbf22a8c5231703');
INSERT INTO audit VALUES(64,1795734840042,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'grant Select on table u to user RAM$eve@example.com:ann privilegeproperties ("refobject"="true", "refproject"="prod", "package"="closed")','GrantPrivs:projects/lab/packages/prod.closed','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'c4d9eaf342e56df4d2eae8106797e802de2a7de2cd48830e18e8e5c7b2314151');
INSERT INTO audit VALUES(65,1795734840042,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'grant Select (id) on table t to user RAM$eve@example.com:ann privilegeproperties ("refobject"="true", "refproject"="prod", "package"="pk")','GrantPrivs:projects/lab/packages/prod.pk','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'e6445b99d6bf0456ae8b216b51650ef55d5b0b1714e05682b4c7d76f018678af');
INSERT INTO audit VALUES(66,1795734840055,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab','SQL','create view mine as select 1 as one','CreateInstance:projects/lab CreateTable:projects/lab','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'10924c573864a13162337463b08edf261f65a873b5b98469609fa911a6dc42c9');
INSERT INTO audit VALUES(67,1795734840055,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'05b642bcb6e5207a4ba7155bb3ad89dfe25cc21684632d00765be30dc4957c61');
INSERT INTO audit VALUES(68,1795734840056,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'5b2aaee3585f39b720404b11cf70af867973ff63db97a2d5b0cefd8d4288cd80');
INSERT INTO audit VALUES(69,1795734840126,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'f9eb77c5724267e7d0aa7b94567484d506a10c66627922fd585d809787b305f5');
INSERT INTO audit VALUES(70,1795734840147,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'1cb3dd34aac657601c7f0b9937d4c47ea83a5f4cabe7ca0111b0ad6536b50582');
INSERT INTO audit VALUES(71,1795734840423,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'1132357230bafc886b8c30758700e19c3292557dee38bbf5e0fa4b384c9b94b8');
INSERT INTO audit VALUES(72,1795734840441,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'fb7b33883c83c8dc2a32ba813060e90b8fbfa76fbc36d7936e9b0a325408f293');
INSERT INTO audit VALUES(73,1795734840465,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','select x.n, y.n as m from (select explode(sequence(1, 3000)) as n) x join (select explode(sequence(1, 3000)) as n) y on x.n <> y.n','CreateInstance:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'47e421cf1a8453727e59cdbe170e03e6ff9e57c5abaca7dbc27145b93114e497');
INSERT INTO audit VALUES(74,1795750251237,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'1116523208a2c16ce5aa263c82621a24a16a1b1e7ce9193ecbfb47999972c73b');
INSERT INTO audit VALUES(75,1795750251238,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'show tables','List:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'3bf7a0e0a2f554cb41b61ac3c9ae181e064fb2724f7d1a2954229bb14b1bb7d3');
INSERT INTO audit VALUES(76,1795750251239,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'list roles','ListRoles:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'7a59738542e21891e951aa2c3e0fff7050602b2f1bb60bdff51a751383e1855b');
INSERT INTO audit VALUES(77,1795750251239,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'show grants for ALIYUN$eve@example.com','ListUserRoles:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'11b72813bc5bef7b827db4f62eb6b0376d78720ba5f4884eacf97d51a875ae4c');
INSERT INTO audit VALUES(78,1795750251239,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table five (id bigint)','CreateInstance:projects/prod CreateTable:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'6aeada7264af65541b61f485036214a37018b40b137de940db2a69f5c2761eef');
INSERT INTO audit VALUES(79,1795750251244,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','insert into five values (5)','CreateInstance:projects/prod Update:projects/prod/tables/five','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'3554b12efa8ada738957b8f08d82fa40626ef8ad2b61239bd84474af3ec4fb21');
INSERT INTO audit VALUES(80,1795750251250,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','select count(*) from five','CreateInstance:projects/prod Select:projects/prod/tables/five','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4 FLW-8',X'b6b156ec427b446875d6ad9757519bb3da41303d6c0b6a9913d3c7d458c13e9d');
INSERT INTO audit VALUES(81,1795765726351,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'8fbed524b29348c39f2e20c4641b7d5551d1a3bd40505dd0d7ce4e04a95d91c8');
INSERT INTO audit VALUES(82,1795765726352,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'a9cbf11ce58a6d3375ab115cba535a0d6c69634308f5f7b054a6b1cd02f46bae');
INSERT INTO audit VALUES(83,1795765726352,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'list roles','ListRoles:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'd29903888a6fd0cb2d8c0ae3bcc642dfdc8209eff89efa5a37cea9ed94212039');
INSERT INTO audit VALUES(84,1795765726353,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'show packages','ShowPackages:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'084aa41b157af30d7e6104a459a5f8b1db5d130eb813d3ceb4f22edd8c6cb213');
INSERT INTO audit VALUES(85,1795765726354,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'put policy deny.json on role reader','PutPolicy:projects/prod','allowed',NULL,'STG-1 PRJ-1 POL-10 POL-11',X'6e86b19398eba5482fa71201baecdf8cd3c539e614567fdc57968bca27e1fc18');
INSERT INTO audit VALUES(86,1795765726354,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table six (a bigint)','CreateInstance:projects/prod CreateTable:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'f6fdea03b16a08d718b273de5f5251ab0568a6552a047088098659bd9de61335');
INSERT INTO audit VALUES(87,1795765726355,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'set LabelSecurity=true','SetSecurityConfiguration:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'256cfe333d82413ee735c35371bc46e27b1c662a679d391449dba60a3db94fa4');
INSERT INTO audit VALUES(88,1795765726355,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'set LabelSecurity=false','SetSecurityConfiguration:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'e2973c6cc737aa47d27954e0571b1001e0dc0f8ff2df12ba5d2cae15817b6dd4');
INSERT INTO audit VALUES(89,1795779993178,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'881aff81dadde5e8f407ab18e2244eca8511c8704be241b5bd9bf330b32a223e');
INSERT INTO audit VALUES(90,1795779993183,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'15bf701186bf74b83f01edba122b5618cec4f5e4a5dc27600eb3ed874634c7b6');
INSERT INTO audit VALUES(91,1795779993184,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant select on table u to user ALIYUN$eve@example.com privilegeproperties ("conditions"="acs:SourceIp in (''10.0.0.0/8'')", "expires"="30")','GrantPrivs:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'27f50c00c63577f223a5e4a21123d7831304a4b4c3051292c2d636453c23902b');
INSERT INTO audit VALUES(92,1795779993184,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'show acl for u','ShowAclGrants:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'1a1c744a7f1ae975883bb441795121df4b5da0f8599b7e3e18f14775917587f0');
INSERT INTO audit VALUES(93,1795781819132,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'005e33bf8127ab295e389961d16388f67fc404d5e3f9d7a1d0b5b455d7f2eee1');
INSERT INTO audit VALUES(94,1795781819132,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'93b4de741a4f5c261746895df8e9d8151da8cdecd3cdbd2f4130d38524e0295c');
INSERT INTO audit VALUES(95,1795781819133,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table nine (id bigint, name string)','CreateInstance:projects/prod CreateTable:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'e5bcee13afef271c58137c51a80d6c1c9237a535c874f20c026b7b9fa251827c');
INSERT INTO audit VALUES(96,1795781819134,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Describe on table nine to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/tables/nine','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'89edde6368006d39db833ad7b78c205bca46f802ad46a9d9366ddcfce36fddc4');
INSERT INTO audit VALUES(97,1795788228879,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'79887ba1c409c729aec59b8473a551c0b82c61b4580cf17e714f3e4ed05a352a');
INSERT INTO audit VALUES(98,1795788228880,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'6f3c84297998f4f17037fec2c4c4a596e4e2be179d8c1e5e5dd0ace360683f43');
INSERT INTO audit VALUES(99,1795788228881,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'set odps.namespace.schema=true','','allowed',NULL,'STG-1',X'db65a8487695027b12f1e3fa740b17611f27ceb3c456d94dd6352180700f662b');
INSERT INTO audit VALUES(100,1795788228881,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create schema ten','CreateInstance:projects/prod CreateSchema:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'4b8b301d475c55f83850b7c664ee215793dfa2fc4af6dad9574603935b6848f4');
INSERT INTO audit VALUES(101,1795788228882,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table ten.t (id bigint)','CreateInstance:projects/prod CreateTable:projects/prod/schemas/ten','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'c6a73818ae6b358329998e9b535489ca54b64fb601316f0186aebde5753cedb7');
INSERT INTO audit VALUES(102,1795788228888,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Select on table ten.t to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/schemas/ten/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'f80e2ab673b9ee8ca0575f225852dd3ebc3d5c3229c716e61606a59785475e2e');
INSERT INTO audit VALUES(103,1795788228895,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add table ten.t to package pk','AddPackageResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'3369a16f862b2278834a2936151bdd3c123d1ce7c1add7c3ea8155f4fb7c60b4');
INSERT INTO audit VALUES(104,1795788228933,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create view ten.v as select id from ten.t','CreateInstance:projects/prod CreateTable:projects/prod/schemas/ten Select:projects/prod/schemas/ten/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'95eaf7442412a41fb672e2b30ab4bcbd254923998e82e5902f40ee61027d5609');
INSERT INTO audit VALUES(105,1795788228935,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'show schemas','List:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'50c49c14eee6fa972d001d8f2a2b5687b331c25d8a10f555ce727fb975315fe0');
INSERT INTO audit VALUES(106,1795801192806,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'7ce0deb2e2f834fba291b67491a05e640b4f7c5ae3d28bbf0ce9335b3014f05d');
INSERT INTO audit VALUES(107,1795801192809,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'.account create RAM$Bob@example.com:tess','','local',NULL,'BND-1',X'2d771d1815a2c0af1717734c62db932c652f803ca3e41a1ddb25da83c82d74a6');
INSERT INTO audit VALUES(108,1795801192817,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'create tenant role keeper','','allowed',NULL,'STG-1 PRJ-1 TNT-2',X'14360988a410bc5846e0bdbd41396f79aedb836f7dbcbe2851276845dcb74161');
INSERT INTO audit VALUES(109,1795801192821,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add tenant user RAM$Bob@example.com:tess','','allowed',NULL,'STG-1 PRJ-1 TNT-2',X'004b52c5d688b8241c8043341584f2409cf44499b5148c55b85ed512413049c8');
INSERT INTO audit VALUES(110,1795801192825,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant tenant role keeper to RAM$Bob@example.com:tess','','allowed',NULL,'STG-1 PRJ-1 TNT-2',X'16d028565d00d6a75d1b82af5861cbad72b5f19da1856f27a9e6b27b7670cd2d');
INSERT INTO audit VALUES(111,1795801192892,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'put policy ./tenant_reads_everywhere.txt on tenant role keeper','','allowed',NULL,'STG-1 PRJ-1 TNT-2 POL-11',X'828de2f0694fa70d7fcf679c209c227a76b7b7251b1538b6a307ce3bd1cb6daa');
INSERT INTO audit VALUES(112,1795801192902,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add user RAM$Bob@example.com:tess','AddUser:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2 TNT-4',X'21ba3a2d2700cbd3db49593734f6ecf5e8d2e67a924e1b6f40131967f224c6c6');
INSERT INTO audit VALUES(113,1795801192908,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add tenant role keeper to project prod','','allowed',NULL,'STG-1 PRJ-1 TNT-2 TNT-5',X'a4f433799ad3bdc2094d55f0337ef3971dd870b557e7599d0e34e2e2c59e93a9');
INSERT INTO audit VALUES(114,1795801192917,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'.tenant schemas ALIYUN$Bob@example.com on','','local',NULL,'BND-1',X'4e2138f9bdb112d1d035d38dc607438e6083dee599636f2b49b8130066dfb18f');
INSERT INTO audit VALUES(115,1795810861707,1795810861707,'ALIYUN$root','127.0.0.1','sandbox',NULL,'whoami','','allowed',NULL,'STG-1',X'e74eee679034ebac2b362ff0d1cdaad458c24379426e4d776bdedd340d64edf7');
INSERT INTO audit VALUES(116,1795810861851,1795810861852,'ALIYUN$root','127.0.0.1','sandbox',NULL,'help quota','','allowed',NULL,'STG-1',X'189646e577401c15044ebb9222d9d109426fb3739c4780343690b3b4b81e5d1a');
INSERT INTO audit VALUES(117,1795810871958,1795810871958,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'5b8132b09e4362154fa7db89308c66d52989e80f76c1e37baa1221959f338c05');
INSERT INTO audit VALUES(118,1795810871969,1795810871969,'ALIYUN$Bob@example.com','127.0.0.1',NULL,NULL,'--@ quota create big','','allowed',NULL,'STG-1 TRS-5',X'7b024ea138b5b2f18a748c3b93e5cbbefb691d19bde686c51fd061348422a813');
INSERT INTO audit VALUES(119,1795810871970,1795810871970,'ALIYUN$Bob@example.com','127.0.0.1',NULL,NULL,'--@ networklink create vpc1','','allowed',NULL,'STG-1 TRS-5',X'e919cf7153bd424a44af55a19bc04fe4d3e5db603f9d6aafe7c7811769708b8e');
INSERT INTO audit VALUES(120,1795810871970,1795810871970,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'7dc8c5355a3fb7d55fea8008c3328120846669c112b73aa9c81172c37210e2a9');
INSERT INTO audit VALUES(121,1795810871971,1795810871971,'ALIYUN$Bob@example.com','127.0.0.1',NULL,NULL,'--@ quota mount big to prod','','allowed',NULL,'STG-1 TRS-1 TNT-5',X'74a88516bfc1aed908192725ca1a677fa30ae910774c68543715f94fb37f72b9');
INSERT INTO audit VALUES(122,1795810872011,1795810872011,'ALIYUN$root','127.0.0.1','sandbox',NULL,'.user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'69c1bf5d8f9287f65c1eaee52f83bebfb5e75c1b5aa3afb3b0583fce3e1fe4f8');
INSERT INTO audit VALUES(123,1795810872021,1795810872021,'ALIYUN$Bob@example.com','127.0.0.1','sandbox',NULL,'.account create RAM$eve@example.com:role/etl','','local',NULL,'BND-1',X'f6fcec7c49fcda4a918696c269154026a243e9029be0a710356beb633e2bcc55');
INSERT INTO audit VALUES(124,1795822781407,1795822781407,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'7481b8cdbb330e9e5dd170b1d18b9375cab7d1440535ca34ce5d6d4f536748f4');
INSERT INTO audit VALUES(125,1795822781409,1795822781409,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'9858848ac9b1c61754af00c196dbb90a520917d0e0bc31d99f7b0b084ae2517f');
INSERT INTO audit VALUES(126,1795822781409,1795822781410,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'show tables','List:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'8290e766989c77dc5481dd8f60024171f13d60eda379b191f47d4b784966ffb6');
INSERT INTO audit VALUES(127,1795822781419,1795822781419,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','select * from t','CreateInstance:projects/prod Select:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4 FLW-8',X'3ecc891c792ac435633ad71bd8e5b1212fe3547fb1ffd8ef48df32f0e4fc8101');
INSERT INTO audit VALUES(128,1795822781432,1795822781433,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'.account key create RAM$Bob@example.com:tess','','local',NULL,'BND-1',X'935e5843179566148de67ae388e2e7c2d78017df36a1423d6cdf8275d578444b');
INSERT INTO audit VALUES(129,1795822781496,1795822781496,'ALIYUN$root','127.0.0.1',NULL,NULL,'odpsh check','','local',NULL,'BND-1',X'cd514e00bdc835383373e47e5cb7696d057dec4bee87c066dd7d32f8bcb6d0df');
INSERT INTO audit VALUES(130,1795838943531,1795838943532,'ALIYUN$root','127.0.0.1','sandbox',NULL,'whoami','','allowed',NULL,'STG-1',X'11b5dbab7ff1ee727c98e2d659d38f02ffd2ff2dabc8e95b8e6b88aff413bbe6');
CREATE TABLE audit_block (
  last  integer primary key,
  since integer not null,
  until integer not null,
  terms blob not null
);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('account',7);
INSERT INTO sqlite_sequence VALUES('acl',20);
INSERT INTO sqlite_sequence VALUES('audit',130);
INSERT INTO sqlite_sequence VALUES('label_grant',1);
INSERT INTO sqlite_sequence VALUES('object',137);
INSERT INTO sqlite_sequence VALUES('package',2);
INSERT INTO sqlite_sequence VALUES('package_object',6);
INSERT INTO sqlite_sequence VALUES('partition_object',1);
INSERT INTO sqlite_sequence VALUES('project',3);
INSERT INTO sqlite_sequence VALUES('resource_content',34);
INSERT INTO sqlite_sequence VALUES('tenant_resource',2);
INSERT INTO sqlite_sequence VALUES('tenant_role',7);
CREATE INDEX access_key_account on access_key(account);
CREATE INDEX project_owner on project(owner);
CREATE INDEX project_encryption_key on project_encryption(key);
CREATE INDEX member_account on member(account);
CREATE INDEX role_user_account on role_user(project, account);
CREATE INDEX tenant_user_tenant on tenant_user(tenant);
CREATE INDEX tenant_role_user_account on tenant_role_user(account);
CREATE INDEX tenant_role_project_project on tenant_role_project(project);
CREATE INDEX tenant_resource_creator on tenant_resource(creator);
CREATE INDEX tenant_resource_connection on tenant_resource(connection);
CREATE INDEX tenant_resource_mount_project on tenant_resource_mount(project);
CREATE INDEX trusted_by on trusted_project(trusted);
CREATE INDEX object_owner on object(owner, project, kind, created);
CREATE INDEX object_created on object(project, kind, created);
CREATE INDEX view_unbound on table_object(id) where view_text is not null and bound = 0;
CREATE INDEX data_file_table on data_file(table_id, partition_id);
CREATE INDEX data_file_dead on data_file(name) where table_id is null;
CREATE INDEX resource_updator on resource_object(updator);
CREATE INDEX resource_table on resource_object(table_id) where table_id is not null;
CREATE INDEX resource_content_loose on resource_content(id) where resource is null;
CREATE INDEX function_maker on function_object(maker);
CREATE INDEX instance_running on instance_object(id) where status = 'Running';
CREATE INDEX instance_ended on instance_object(ended) where ended is not null;
CREATE INDEX instance_result_kept on instance_result(kept_until);
CREATE INDEX package_object_listed on package_object(object);
CREATE INDEX package_allowed_project on package_allowed(project);
CREATE INDEX installation_package on installation(package, project) where package is not null;
CREATE INDEX installation_source on installation(source);
CREATE UNIQUE INDEX acl_user on acl(object, account, inside, column_name, action) where account is not null;
CREATE UNIQUE INDEX acl_role on acl(object, role, inside, column_name, action) where role is not null;
CREATE INDEX acl_by_account on acl(account, project) where account is not null;
CREATE INDEX acl_by_role on acl(project, role) where role is not null;
CREATE INDEX acl_object on acl(object);
CREATE INDEX acl_installation on acl(installation) where installation is not null;
CREATE INDEX acl_expires on acl(project, expires) where expires is not null;
CREATE UNIQUE INDEX reading_level_user on reading_level(project, account) where account is not null;
CREATE UNIQUE INDEX reading_level_role on reading_level(project, role) where role is not null;
CREATE INDEX reading_level_account on reading_level(account) where account is not null;
CREATE UNIQUE INDEX label_grant_user on label_grant(object, account, inside, column_id) where account is not null;
CREATE UNIQUE INDEX label_grant_role on label_grant(object, role, inside, column_id) where role is not null;
CREATE INDEX label_grant_by_account on label_grant(account, project) where account is not null;
CREATE INDEX label_grant_by_role on label_grant(project, role) where role is not null;
CREATE INDEX label_grant_object on label_grant(object);
CREATE INDEX label_grant_installation on label_grant(installation) where installation is not null;
CREATE INDEX label_grant_expires on label_grant(project, expires) where expires is not null;
CREATE INDEX tunnel_session_account on tunnel_session(account, started, id);
CREATE INDEX tunnel_block_table on tunnel_block(table_id);
CREATE INDEX tunnel_file_block on tunnel_file(session, block);
CREATE TRIGGER result_deleted after delete on instance_result when old.file is not null
begin insert into data_file (name, byte_count, checksum) values (old.file, old.byte_count, old.checksum); end;
CREATE TRIGGER tunnel_file_deleted after delete on tunnel_file begin
  insert or ignore into data_file (name, byte_count, checksum) values (old.name, old.byte_count, old.checksum);
end;
CREATE TRIGGER data_file_died after update of table_id on data_file when new.table_id is null and old.table_id is not null begin
  update sequence set next = next + 1 where name = 'death';
  update data_file set died = (select next from sequence where name = 'death') where name = new.name;
end;
CREATE TRIGGER data_file_dead after insert on data_file when new.table_id is null begin
  update sequence set next = next + 1 where name = 'death';
  update data_file set died = (select next from sequence where name = 'death') where name = new.name;
end;
CREATE TRIGGER installation_gone after delete on installation begin delete from object where id = old.id; end;
CREATE TRIGGER project_moves after update of
  owner, frozen, check_permission_using_acl, check_permission_using_policy, object_creator_has_access_permission,
  object_creator_has_grant_permission, label_security, project_protection, exception_policy, external_resource_access_control,
  external_resource_locations, tenant_resource_access_control, default_quota
on project begin update project set version = version + 1 where id = new.id; end;
CREATE TRIGGER property_inserted after insert on project_property begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER property_updated after update on project_property begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER property_deleted after delete on project_property begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER member_inserted after insert on member begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER member_deleted after delete on member begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER role_user_inserted after insert on role_user begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER role_user_deleted after delete on role_user begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER policy_inserted after insert on policy begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER policy_updated after update on policy begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER policy_deleted after delete on policy begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER tenant_role_updated after update of document on tenant_role begin update project set version = version + 1 where owner = new.tenant; end;
CREATE TRIGGER tenant_role_user_inserted after insert on tenant_role_user begin update project set version = version + 1 where owner = (select tenant from tenant_role where id = new.role); end;
CREATE TRIGGER tenant_role_user_deleted after delete on tenant_role_user begin update project set version = version + 1 where owner = (select tenant from tenant_role where id = old.role); end;
CREATE TRIGGER tenant_role_project_inserted after insert on tenant_role_project begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER tenant_role_project_deleted after delete on tenant_role_project begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER tenant_resource_inserted after insert on tenant_resource begin update project set version = version + 1 where owner = new.tenant; end;
CREATE TRIGGER tenant_resource_updated after update on tenant_resource begin update project set version = version + 1 where owner = new.tenant; end;
CREATE TRIGGER tenant_resource_deleted after delete on tenant_resource begin update project set version = version + 1 where owner = old.tenant; end;
CREATE TRIGGER tenant_resource_mounted after insert on tenant_resource_mount begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER tenant_resource_unmounted after delete on tenant_resource_mount begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER project_encrypted after insert on project_encryption begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER trusted_inserted after insert on trusted_project begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER trusted_deleted after delete on trusted_project begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER object_inserted after insert on object when new.kind <> 'instance' begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER object_updated after update on object begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER object_deleted after delete on object when old.kind <> 'instance' begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER table_updated after update of view_text on table_object begin update project set version = version + 1 where id = (select project from object where id = new.id); end;
CREATE TRIGGER column_inserted after insert on column_object begin update project set version = version + 1 where id = (select project from object where id = new.table_id); end;
CREATE TRIGGER column_updated after update on column_object begin update project set version = version + 1 where id = (select project from object where id = new.table_id); end;
CREATE TRIGGER column_deleted after delete on column_object begin update project set version = version + 1 where id = (select project from object where id = old.table_id); end;
CREATE TRIGGER acl_inserted after insert on acl begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER acl_deleted after delete on acl begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER acl_updated after update on acl begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER resource_updated after update on resource_object begin update project set version = version + 1 where id = (select project from object where id = new.id); end;
CREATE TRIGGER function_updated after update on function_object begin update project set version = version + 1 where id = (select project from object where id = new.id); end;
CREATE TRIGGER package_object_inserted after insert on package_object begin update project set version = version + 1 where id = (select project from package where id = new.package); end;
CREATE TRIGGER package_object_deleted after delete on package_object begin update project set version = version + 1 where id = (select project from package where id = old.package); end;
CREATE TRIGGER package_deleted after delete on package begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER package_allowed_inserted after insert on package_allowed begin update project set version = version + 1 where id = (select project from package where id = new.package); end;
CREATE TRIGGER package_allowed_updated after update on package_allowed begin update project set version = version + 1 where id = (select project from package where id = new.package); end;
CREATE TRIGGER package_allowed_deleted after delete on package_allowed begin update project set version = version + 1 where id = (select project from package where id = old.package); end;
CREATE TRIGGER installation_inserted after insert on installation begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER installation_deleted after delete on installation begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER reading_level_inserted after insert on reading_level begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER reading_level_updated after update on reading_level begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER reading_level_deleted after delete on reading_level begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER label_inserted after insert on label begin update project set version = version + 1 where id = (select project from object where id = new.table_id); end;
CREATE TRIGGER label_updated after update on label begin update project set version = version + 1 where id = (select project from object where id = new.table_id); end;
CREATE TRIGGER label_deleted after delete on label begin update project set version = version + 1 where id = (select project from object where id = old.table_id); end;
CREATE TRIGGER label_grant_inserted after insert on label_grant begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER label_grant_updated after update on label_grant begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER label_grant_deleted after delete on label_grant begin update project set version = version + 1 where id = old.project; end;
COMMIT;
