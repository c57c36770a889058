-- A state of version 14: a function of a class, and a view that calls nothing.
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
INSERT INTO account VALUES(1,'ALIYUN$root','aliyun$root',1795838897511,0);
INSERT INTO account VALUES(2,'ALIYUN$Bob@aliyun.com','aliyun$bob@aliyun.com',1795838897515,0);
CREATE TABLE access_key (
  id       text primary key,
  account  integer not null references account(id) on delete cascade,
  secret   blob not null,
  -- The root key that opens it.
  root_key text not null,
  enabled  integer not null default 1,
  created  integer not null
) without rowid;
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
INSERT INTO project VALUES(1,'sandbox',1,'',0,1795838897511,1795838897511,4,1,1,1,1,0,0,NULL,0,'',0,NULL);
INSERT INTO project VALUES(2,'prj_a',2,'',0,1795838897516,1795838897516,12,1,1,1,1,0,0,NULL,0,'',0,NULL);
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
CREATE TABLE account_provider (
  project integer not null references project(id) on delete cascade,
  name    text not null,
  primary key (project, name)
) without rowid;
INSERT INTO account_provider VALUES(1,'ALIYUN');
INSERT INTO account_provider VALUES(1,'RAM');
INSERT INTO account_provider VALUES(2,'ALIYUN');
INSERT INTO account_provider VALUES(2,'RAM');
CREATE TABLE member (
  project integer not null references project(id) on delete cascade,
  account integer not null references account(id) on delete cascade,
  comment text not null default '',
  added   integer not null,
  primary key (project, account)
) without rowid;
CREATE TABLE role (
  project integer not null references project(id) on delete cascade,
  name    text not null,
  kind    text not null check (kind in ('resource', 'admin')),
  comment text not null default '',
  created integer not null,
  primary key (project, name)
) without rowid;
INSERT INTO role VALUES(1,'admin','admin','',1795838897511);
INSERT INTO role VALUES(1,'super_administrator','admin','',1795838897511);
INSERT INTO role VALUES(2,'admin','admin','',1795838897516);
INSERT INTO role VALUES(2,'super_administrator','admin','',1795838897516);
CREATE TABLE role_user (
  project integer not null,
  role    text not null,
  account integer not null references account(id) on delete cascade,
  granted integer not null,
  grantor text not null,
  primary key (project, role, account),
  foreign key (project, role) references role(project, name) on delete restrict
) without rowid;
CREATE TABLE policy (
  project  integer not null references project(id) on delete cascade,
  role     text not null default '',
  kind     text not null default 'resource' check (kind in ('resource', 'admin')),
  document text not null,
  -- Which document it is: compiled policies are known by it. Never used again, not even after a rollback.
  stamp    text not null default (lower(hex(randomblob(16)))),
  primary key (project, role, kind)
) without rowid;
CREATE TABLE tenant_user (
  account integer primary key references account(id) on delete cascade,
  tenant  integer not null references account(id) on delete cascade,
  comment text not null default '',
  added   integer not null
);
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
INSERT INTO tenant_role VALUES(1,1,'super_administrator','',NULL,NULL,1795838897511);
INSERT INTO tenant_role VALUES(2,1,'admin','',NULL,NULL,1795838897511);
INSERT INTO tenant_role VALUES(3,2,'super_administrator','',NULL,NULL,1795838897515);
INSERT INTO tenant_role VALUES(4,2,'admin','',NULL,NULL,1795838897515);
CREATE TABLE tenant_role_user (
  role    integer not null references tenant_role(id) on delete restrict,
  account integer not null references tenant_user(account) on delete cascade,
  granted integer not null,
  grantor text not null,
  primary key (role, account)
) without rowid;
CREATE TABLE tenant_role_project (
  role    integer not null references tenant_role(id) on delete cascade,
  project integer not null references project(id) on delete cascade,
  added   integer not null,
  primary key (role, project)
) without rowid;
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
CREATE TABLE tenant_resource_mount (
  resource integer not null references tenant_resource(id) on delete cascade,
  project  integer not null references project(id) on delete cascade,
  mounted  integer not null,
  primary key (resource, project)
) without rowid;
CREATE TABLE trusted_project (
  project integer not null references project(id) on delete cascade,
  trusted integer not null references project(id) on delete cascade,
  added   integer not null,
  primary key (project, trusted)
) without rowid;
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
INSERT INTO object VALUES(1,1,'default','project','sandbox',NULL,1795838897511);
INSERT INTO object VALUES(2,1,'default','schema','default',NULL,1795838897511);
INSERT INTO object VALUES(3,1,'default','package','information_schema.systables',NULL,1795838897511);
INSERT INTO object VALUES(4,2,'default','project','prj_a',NULL,1795838897516);
INSERT INTO object VALUES(5,2,'default','schema','default',NULL,1795838897516);
INSERT INTO object VALUES(6,2,'default','package','information_schema.systables',NULL,1795838897516);
INSERT INTO object VALUES(7,2,'default','resource','udtf.jar',2,1795838897519);
INSERT INTO object VALUES(8,2,'default','function','f',2,1795838897520);
INSERT INTO object VALUES(9,2,'default','table','t',2,1795838897520);
INSERT INTO object VALUES(10,2,'default','instance','20261128040817520gmxtwd8fi',2,1795838897520);
INSERT INTO object VALUES(11,2,'default','view','v',2,1795838897526);
INSERT INTO object VALUES(12,2,'default','instance','20261128040817526gfd6m4hri',2,1795838897526);
CREATE TABLE schema_object (
  id       integer primary key references object(id) on delete cascade,
  comment  text not null default '',
  modified integer not null
);
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
INSERT INTO table_object VALUES(9,'',NULL,0,NULL,1795838897520,1795838897520,0,0,0);
INSERT INTO table_object VALUES(11,'',NULL,0,'select id, length(name) as n from t',1795838897526,1795838897526,0,0,1);
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
INSERT INTO column_object VALUES(9,0,1,'id','bigint','',1,NULL,0,0);
INSERT INTO column_object VALUES(9,1,2,'name','string','',1,NULL,0,0);
INSERT INTO column_object VALUES(11,0,3,'id','bigint','',1,NULL,0,0);
INSERT INTO column_object VALUES(11,1,4,'n','bigint','',1,NULL,0,0);
CREATE TABLE view_column (
  table_id integer not null references table_object(id) on delete cascade,
  position integer not null,
  name     text not null,
  primary key (table_id, position)
) without rowid;
INSERT INTO view_column VALUES(11,0,'id');
INSERT INTO view_column VALUES(11,1,'n');
CREATE TABLE view_relation (
  view_id  integer not null references table_object(id) on delete cascade,
  position integer not null,
  qualifier text,
  name     text not null,
  object   integer,
  primary key (view_id, position)
) without rowid;
INSERT INTO view_relation VALUES(11,0,NULL,'t',9);
CREATE TABLE view_relation_column (
  view_id   integer not null references table_object(id) on delete cascade,
  relation  integer not null,
  position  integer not null,
  name      text not null,
  column_id integer not null,
  primary key (view_id, relation, position)
) without rowid;
INSERT INTO view_relation_column VALUES(11,0,0,'id',1);
INSERT INTO view_relation_column VALUES(11,0,1,'name',2);
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
CREATE TABLE renamed_column (
  id integer primary key
) without rowid;
CREATE TABLE sequence (
  name text primary key,
  next integer not null
) without rowid;
INSERT INTO sequence VALUES('column',5);
INSERT INTO sequence VALUES('death',0);
INSERT INTO sequence VALUES('file',1);
INSERT INTO sequence VALUES('job',1);
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
INSERT INTO resource_object VALUES(7,'jar',2,'',NULL,NULL,'default',NULL,NULL,17,'a91c14eea7a6d469f7163a1d60a42516',1795838897519);
CREATE TABLE resource_content (
  id       integer primary key autoincrement,
  resource integer unique references resource_object(id) on delete set null,
  lease    text not null default '',
  -- The encrypted project whose data key seals its pieces.
  sealed_by integer,
  check (resource is null or lease = '')
);
INSERT INTO resource_content VALUES(1,7,'',NULL);
CREATE TABLE resource_piece (
  content  integer not null references resource_content(id) on delete cascade,
  position integer not null,
  bytes    blob not null,
  primary key (content, position)
);
INSERT INTO resource_piece VALUES(1,0,X'6e6f74207265616c6c792061206a61720a');
CREATE TABLE function_object (
  id       integer primary key references object(id) on delete cascade,
  -- Who said what it is made of now: its rights count for the resources when the function is called.
  maker    integer references account(id) on delete set null,
  class    text not null,
  modified integer not null
);
INSERT INTO function_object VALUES(8,2,'com.x.F',1795838897520);
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
INSERT INTO function_resource VALUES(8,0,'prj_a','default','udtf.jar',1);
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
INSERT INTO instance_object VALUES(10,'SQL','create table t (id bigint, name string)','Success',1795838897520,NULL,NULL,NULL,'',0,0);
INSERT INTO instance_object VALUES(12,'SQL','create view v as select id, length(name) as n from t','Success',1795838897526,NULL,NULL,NULL,'',0,0);
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
INSERT INTO instance_source VALUES(12,0,0,2,'prj_a','table',9,'default','t');
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
INSERT INTO instance_access VALUES(12,0,'Select',2,'prj_a','table',9,'default','t',0,0,NULL);
CREATE TABLE instance_access_column (
  instance  integer not null,
  position  integer not null,
  column_id integer not null,
  primary key (instance, position, column_id),
  foreign key (instance, position) references instance_access(instance, position) on delete cascade
) without rowid;
INSERT INTO instance_access_column VALUES(12,0,1);
INSERT INTO instance_access_column VALUES(12,0,2);
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
CREATE TABLE instance_column (
  instance  integer not null references instance_result(instance) on delete cascade,
  position  integer not null,
  name      text not null,
  data_type text not null,
  primary key (instance, position)
) without rowid;
CREATE TABLE package (
  id      integer primary key autoincrement,
  project integer not null references project(id) on delete cascade,
  name    text not null,
  created integer not null,
  unique (project, name)
);
CREATE TABLE package_object (
  id      integer primary key autoincrement,
  package integer not null references package(id) on delete cascade,
  object  integer not null references object(id) on delete cascade,
  unique (package, object)
);
CREATE TABLE package_privilege (
  package_object integer not null references package_object(id) on delete cascade,
  action         text not null,
  primary key (package_object, action)
) without rowid;
CREATE TABLE package_allowed (
  package integer not null references package(id) on delete cascade,
  project integer not null references project(id) on delete cascade,
  label   integer not null check (label between 0 and 9),
  allowed integer not null,
  primary key (package, project)
) without rowid;
CREATE TABLE installation (
  id        integer primary key references object(id) on delete cascade,
  project   integer not null references project(id) on delete cascade,
  source    integer not null references project(id) on delete cascade,
  package   integer references package(id) on delete set null,
  name      text not null,
  installed integer not null,
  unique (project, source, name)
);
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
CREATE TABLE reading_level (
  project integer not null references project(id) on delete cascade,
  account integer references account(id) on delete cascade,
  role    text,
  level   integer not null check (level between 1 and 9),
  check ((account is null) <> (role is null))
);
CREATE TABLE label (
  table_id  integer not null references table_object(id) on delete cascade,
  column_id integer not null,
  level     integer not null check (level between 0 and 9),
  primary key (table_id, column_id)
) without rowid;
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
CREATE TABLE tunnel_source (
  session  text not null references tunnel_session(id) on delete cascade,
  number   integer not null,
  path     text not null,
  bytes    integer not null,
  modified integer not null,
  primary key (session, number)
) without rowid;
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
CREATE TABLE tunnel_line (
  session text not null references tunnel_session(id) on delete cascade,
  number  integer not null,
  kind    text not null check (kind in ('log', 'bad')),
  line    text not null,
  primary key (session, kind, number)
) without rowid;
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
INSERT INTO audit VALUES(1,1795838897515,1795838897515,'ALIYUN$root','127.0.0.1','sandbox',NULL,'.account create ALIYUN$Bob@aliyun.com','','local',NULL,'BND-1',X'c4c073bdb38ecd2caade369ed47265e3627c9837b183ff82dc4a93a107c049df');
INSERT INTO audit VALUES(2,1795838897516,1795838897516,'ALIYUN$root','127.0.0.1','sandbox',NULL,'.project create prj_a owner ALIYUN$Bob@aliyun.com','','local',NULL,'BND-1',X'bc07228fa5fa5e567deeefe12fca93735f4b82c87eb1f70f772a98659d9aaaba');
INSERT INTO audit VALUES(3,1795838897516,1795838897516,'ALIYUN$root','127.0.0.1','sandbox',NULL,'.user ALIYUN$Bob@aliyun.com','','local',NULL,'BND-1',X'5310b368dcc503b8dad9fba540f8bac45ee861ae84afd8b2e2f23782b332e6e9');
INSERT INTO audit VALUES(4,1795838897516,1795838897516,'ALIYUN$Bob@aliyun.com','127.0.0.1','prj_a',NULL,'use prj_a','','allowed',NULL,'STG-1 PRJ-1',X'cbb5bae186ad6650d70dc8fdc4a9502436df7b2f2795dfef0bb2a2aa325a3c66');
INSERT INTO audit VALUES(5,1795838897517,1795838897519,'ALIYUN$Bob@aliyun.com','127.0.0.1','prj_a',NULL,'add jar tests/golden/files/udtf.jar as udtf.jar','CreateResource:projects/prj_a','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'96b033dd3e8842a17aa63569fb0b365e5b84fa00937ef84104ff3eeb75f05e1c');
INSERT INTO audit VALUES(6,1795838897520,1795838897520,'ALIYUN$Bob@aliyun.com','127.0.0.1','prj_a',NULL,'create function f as ''com.x.F'' using ''udtf.jar''','CreateFunction:projects/prj_a Read:projects/prj_a/resources/udtf.jar','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'dea0c3851ef88d49d3c4214007eeefe5ed42e07abecc670240f56c3829dd4ca4');
INSERT INTO audit VALUES(7,1795838897520,1795838897520,'ALIYUN$Bob@aliyun.com','127.0.0.1','prj_a','SQL','create table t (id bigint, name string)','CreateInstance:projects/prj_a CreateTable:projects/prj_a','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'18ecb73602988e42ee7cfeb9535fdb9ca60d27d7d06eed710c1294c37d11da56');
INSERT INTO audit VALUES(8,1795838897525,1795838897527,'ALIYUN$Bob@aliyun.com','127.0.0.1','prj_a','SQL','create view v as select id, length(name) as n from t','CreateInstance:projects/prj_a CreateTable:projects/prj_a Select:projects/prj_a/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'7ad0f8b6e148f3a9d3e1fa11bb5228211252588a73ed78a449bba9b9c4846db2');
CREATE TABLE audit_block (
  last  integer primary key,
  since integer not null,
  until integer not null,
  terms blob not null
);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('account',2);
INSERT INTO sqlite_sequence VALUES('tenant_role',4);
INSERT INTO sqlite_sequence VALUES('project',2);
INSERT INTO sqlite_sequence VALUES('object',12);
INSERT INTO sqlite_sequence VALUES('audit',8);
INSERT INTO sqlite_sequence VALUES('resource_content',1);
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
