-- A state of version 3, as the program of that version left it.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE account (
  id         integer primary key autoincrement,
  principal  text not null,
  key        text not null unique,
  access_id  text unique,
  access_key text,
  created    integer not null
);
INSERT INTO account VALUES(1,'ALIYUN$user','aliyun$user','LTAIEXAMPLE1','secret1',1795699885722);
INSERT INTO account VALUES(2,'ALIYUN$Bob@example.com','aliyun$bob@example.com','LTAIEXAMPLE2','secret2',1795699885725);
INSERT INTO account VALUES(3,'ALIYUN$eve@example.com','aliyun$eve@example.com','LTAIEXAMPLE3','secret3',1795699885726);
INSERT INTO account VALUES(4,'RAM$eve@example.com:ann','ram$eve@example.com:ann','LTAIEXAMPLE4','secret4',1795699885726);
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
  external_resource_access_control         integer not null default 0
);
INSERT INTO project VALUES(1,'sandbox',1,'',0,1795699885722,1795699885722,1,1,1,1,1,0,0,NULL,0);
INSERT INTO project VALUES(2,'prod',2,'',0,1795699885727,1795699885740,33,1,1,1,1,0,1,NULL,0);
INSERT INTO project VALUES(3,'lab',3,'',0,1795699885727,1795699885727,4,1,1,1,1,0,0,NULL,0);
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
INSERT INTO member VALUES(2,3,'',1795699885736);
INSERT INTO member VALUES(2,4,'',1795699885736);
INSERT INTO member VALUES(3,4,'',1795699885740);
CREATE TABLE role (
  project integer not null references project(id) on delete cascade,
  name    text not null,
  kind    text not null check (kind in ('resource', 'admin')),
  comment text not null default '',
  created integer not null,
  primary key (project, name)
) without rowid;
INSERT INTO role VALUES(1,'admin','admin','',1795699885722);
INSERT INTO role VALUES(1,'super_administrator','admin','',1795699885722);
INSERT INTO role VALUES(2,'admin','admin','',1795699885727);
INSERT INTO role VALUES(2,'reader','resource','',1795699885736);
INSERT INTO role VALUES(2,'super_administrator','admin','',1795699885727);
INSERT INTO role VALUES(3,'admin','admin','',1795699885727);
INSERT INTO role VALUES(3,'super_administrator','admin','',1795699885727);
CREATE TABLE role_user (
  project integer not null,
  role    text not null,
  account integer not null references account(id) on delete cascade,
  granted integer not null,
  grantor text not null,
  primary key (project, role, account),
  foreign key (project, role) references role(project, name) on delete restrict
) without rowid;
INSERT INTO role_user VALUES(2,'reader',3,1795699885736,'ALIYUN$Bob@example.com');
CREATE TABLE trusted_project (
  project integer not null references project(id) on delete cascade,
  trusted integer not null references project(id) on delete cascade,
  added   integer not null,
  primary key (project, trusted)
) without rowid;
INSERT INTO trusted_project VALUES(2,3,1795699885740);
CREATE TABLE table_object (
  id        integer primary key autoincrement,
  project   integer not null references project(id) on delete cascade,
  name      text not null,
  kind      text not null check (kind in ('table', 'view')),
  owner     integer not null references account(id),
  comment   text not null default '',
  lifecycle integer,
  view_text text,
  created   integer not null,
  defined   integer not null,
  modified  integer not null,
  unique (project, name)
);
INSERT INTO table_object VALUES(1,2,'t','table',2,'',NULL,NULL,1795699885727,1795699885729,1795699885727);
INSERT INTO table_object VALUES(3,2,'v','view',2,'',NULL,'select id, name from t where id > 1',1795699885735,1795699885735,1795699885735);
CREATE TABLE column_object (
  table_id    integer not null references table_object(id) on delete cascade,
  position    integer not null,
  -- Data files name columns by this number.
  id          integer not null,
  name        text not null,
  data_type   text not null,
  comment     text not null default '',
  nullable    integer not null default 1,
  partitioned integer not null default 0,
  primary key (table_id, position),
  unique (table_id, name)
) without rowid;
INSERT INTO column_object VALUES(1,0,1,'id','bigint','number',1,0);
INSERT INTO column_object VALUES(1,1,2,'name','string','',1,0);
INSERT INTO column_object VALUES(1,2,4,'x','double','',1,0);
INSERT INTO column_object VALUES(1,3,3,'ds','string','',1,1);
INSERT INTO column_object VALUES(3,0,6,'id','bigint','',1,0);
INSERT INTO column_object VALUES(3,1,7,'name','string','',1,0);
CREATE TABLE view_column (
  table_id integer not null references table_object(id) on delete cascade,
  position integer not null,
  name     text not null,
  primary key (table_id, position)
) without rowid;
INSERT INTO view_column VALUES(3,0,'id');
INSERT INTO view_column VALUES(3,1,'name');
CREATE TABLE sequence (
  name text primary key,
  next integer not null
) without rowid;
INSERT INTO sequence VALUES('column',8);
INSERT INTO sequence VALUES('job',1);
CREATE TABLE partition_object (
  id       integer primary key autoincrement,
  table_id integer not null references table_object(id) on delete cascade,
  spec     text not null,
  created  integer not null,
  modified integer not null,
  unique (table_id, spec)
);
INSERT INTO partition_object VALUES(1,1,'ds=1',1795699885728,1795699885728);
CREATE TABLE data_file (
  name         text primary key,
  table_id     integer references table_object(id) on delete set null,
  partition_id integer references partition_object(id) on delete set null,
  row_count    integer not null,
  byte_count   integer not null,
  checksum     integer not null
) without rowid;
CREATE TABLE writing (
  prefix text primary key,
  files  integer not null
) without rowid;
CREATE TABLE resource_object (
  id             integer primary key autoincrement,
  project        integer not null references project(id) on delete cascade,
  name           text not null,
  kind           text not null check (kind in ('file', 'py', 'jar', 'archive', 'table')),
  owner          integer not null references account(id),
  -- Who put there what it holds now: of a table, its rights count when it is read (VIW-1).
  updator        integer references account(id) on delete set null,
  comment        text not null default '',
  -- Of kind `table`: what it stands for, nothing once that is dropped, and what that was called when it was added.
  table_id       integer references table_object(id) on delete set null,
  table_project  text,
  table_name     text,
  partition_spec text,
  byte_count     integer not null default 0,
  md5            text,
  created        integer not null,
  modified       integer not null,
  unique (project, name)
);
INSERT INTO resource_object VALUES(1,2,'a.txt','file',2,2,'',NULL,NULL,NULL,NULL,6,'b1946ac92492d2347c6235b4d2611184',1795699885737,1795699885737);
CREATE TABLE resource_piece (
  resource integer not null references resource_object(id) on delete cascade,
  position integer not null,
  bytes    blob not null,
  primary key (resource, position)
);
INSERT INTO resource_piece VALUES(1,0,X'68656c6c6f0a');
CREATE TABLE function_object (
  id       integer primary key autoincrement,
  project  integer not null references project(id) on delete cascade,
  name     text not null,
  owner    integer not null references account(id),
  -- Who said what it is made of now: its rights count for the resources when the function is called.
  maker    integer references account(id) on delete set null,
  class    text not null,
  created  integer not null,
  modified integer not null,
  unique (project, name)
);
INSERT INTO function_object VALUES(1,2,'f',2,2,'a.B',1795699885738,1795699885738);
CREATE TABLE function_resource (
  function_id integer not null references function_object(id) on delete cascade,
  position    integer not null,
  project     text not null,
  name        text not null,
  primary key (function_id, position)
) without rowid;
INSERT INTO function_resource VALUES(1,0,'prod','a.txt');
CREATE TABLE instance_object (
  id         integer primary key autoincrement,
  project    integer not null references project(id) on delete cascade,
  name       text not null,
  owner      integer not null references account(id),
  job        text not null,
  statement  text not null,
  status     text not null check (status in ('Running', 'Success', 'Failed', 'Cancelled')),
  started    integer not null,
  ended      integer,
  error_code text,
  error      text,
  -- Why its result is not kept.
  lost       text check (lost in ('size', 'reader', 'time', 'disk')),
  -- Another shell wants it to end.
  killed     integer not null default 0,
  unique (project, name)
);
INSERT INTO instance_object VALUES(1,2,'20261126133125727gq5epbwue',2,'SQL','create table t (id bigint comment ''number'', name string) partitioned by (ds string)','Success',1795699885727,1795699885727,NULL,NULL,NULL,0);
INSERT INTO instance_object VALUES(2,2,'20261126133125728g0uxnvm7x',2,'SQL','alter table t add partition (ds=''1'')','Success',1795699885728,1795699885728,NULL,NULL,NULL,0);
INSERT INTO instance_object VALUES(3,2,'20261126133125729g7eababv9',2,'SQL','alter table t add columns (x double)','Success',1795699885729,1795699885729,NULL,NULL,NULL,0);
INSERT INTO instance_object VALUES(4,2,'20261126133125729g5zbqfx3z',2,'SQL','create table gone (a bigint)','Success',1795699885729,1795699885729,NULL,NULL,NULL,0);
INSERT INTO instance_object VALUES(5,2,'20261126133125729gtgvnoi57',2,'SQL','drop table gone','Success',1795699885729,1795699885729,NULL,NULL,NULL,0);
INSERT INTO instance_object VALUES(6,2,'20261126133125735gwkcxaj5s',2,'SQL','create view v as select id, name from t where id > 1','Success',1795699885735,1795699885735,NULL,NULL,NULL,0);
CREATE TABLE instance_source (
  instance     integer not null references instance_object(id) on delete cascade,
  position     integer not null,
  place        integer not null,
  project      integer not null,
  project_name text not null,
  kind         integer not null,
  object       integer not null,
  name         text not null,
  primary key (instance, position, place)
) without rowid;
INSERT INTO instance_source VALUES(6,0,0,2,'prod',1,1,'t');
CREATE TABLE instance_result (
  instance   integer primary key references instance_object(id) on delete cascade,
  ordered    integer not null,
  row_count  integer not null,
  kept_until integer not null,
  content    blob,
  file       text unique,
  byte_count integer not null default 0,
  checksum   integer not null default 0,
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
INSERT INTO package VALUES(1,2,'pk',1795699885738);
CREATE TABLE package_object (
  id          integer primary key autoincrement,
  package     integer not null references package(id) on delete cascade,
  table_id    integer references table_object(id) on delete cascade,
  resource_id integer references resource_object(id) on delete cascade,
  function_id integer references function_object(id) on delete cascade,
  instance_id integer references instance_object(id) on delete cascade,
  kind        integer not null generated always as (case when table_id is not null then 1 when resource_id is not null then 2
                when function_id is not null then 3 else 4 end) virtual,
  object      integer not null generated always as (coalesce(table_id, resource_id, function_id, instance_id)) virtual
);
INSERT INTO package_object VALUES(1,1,1,NULL,NULL,NULL);
INSERT INTO package_object VALUES(2,1,3,NULL,NULL,NULL);
CREATE TABLE package_privilege (
  package_object integer not null references package_object(id) on delete cascade,
  action         text not null,
  primary key (package_object, action)
) without rowid;
INSERT INTO package_privilege VALUES(1,'Describe');
INSERT INTO package_privilege VALUES(1,'Select');
INSERT INTO package_privilege VALUES(2,'Describe');
INSERT INTO package_privilege VALUES(2,'Select');
CREATE TABLE package_allowed (
  package integer not null references package(id) on delete cascade,
  project integer not null references project(id) on delete cascade,
  label   integer not null check (label between 0 and 9),
  allowed integer not null,
  primary key (package, project)
) without rowid;
INSERT INTO package_allowed VALUES(1,3,0,1795699885739);
CREATE TABLE installation (
  id        integer primary key autoincrement,
  project   integer not null references project(id) on delete cascade,
  source    integer not null references project(id) on delete cascade,
  package   integer references package(id) on delete set null,
  name      text not null,
  installed integer not null,
  unique (project, source, name)
);
INSERT INTO installation VALUES(1,3,2,1,'pk',1795699885740);
CREATE TABLE acl (
  id              integer primary key autoincrement,
  project         integer not null references project(id) on delete cascade,
  table_id        integer references table_object(id) on delete cascade,
  resource_id     integer references resource_object(id) on delete cascade,
  function_id     integer references function_object(id) on delete cascade,
  instance_id     integer references instance_object(id) on delete cascade,
  installation_id integer references installation(id) on delete cascade,
  -- Of a grant on the project's schema `default`, 1.
  on_schema       integer not null default 0,
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
  -- 0 project, 1 table or view, 2 resource, 3 function, 4 instance, 5 package, 6 schema
  kind            integer not null generated always as (case when table_id is not null then 1 when resource_id is not null then 2
                    when function_id is not null then 3 when instance_id is not null then 4
                    when installation_id is not null then 5 when on_schema then 6 else 0 end) virtual,
  object          integer not null generated always as (coalesce(table_id, resource_id, function_id, instance_id, installation_id, project)) virtual,
  inside          integer not null generated always as (case when coalesce(table_id, resource_id, function_id, instance_id) is null then 0
                    else coalesce(installation_id, 0) end) virtual,
  check ((account is null) <> (role is null))
);
INSERT INTO acl VALUES(1,2,1,NULL,NULL,NULL,NULL,0,'','','',NULL,'reader','Select','ALIYUN$Bob@example.com',1795699885737,NULL);
INSERT INTO acl VALUES(2,2,1,NULL,NULL,NULL,NULL,0,'id','','',4,NULL,'Select','ALIYUN$Bob@example.com',1795699885737,NULL);
INSERT INTO acl VALUES(3,2,1,NULL,NULL,NULL,NULL,0,'','','',3,NULL,'Describe','ALIYUN$Bob@example.com',1795699885737,NULL);
INSERT INTO acl VALUES(4,3,NULL,NULL,NULL,NULL,1,0,'','','',4,NULL,'Read','ALIYUN$eve@example.com',1795699885740,NULL);
CREATE TABLE tunnel_session (
  id       text primary key,
  account  integer not null references account(id) on delete cascade,
  kind     text not null check (kind in ('upload', 'download')),
  command  text not null,
  -- Which run of it may note blocks and commit: the last one.
  attempt  text not null,
  status   text not null check (status in ('running', 'success', 'failed', 'bad')),
  started  integer not null
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
  lines     integer not null,
  row_count integer not null,
  bad_count integer not null,
  table_id  integer not null references table_object(id) on delete cascade,
  primary key (session, number)
) without rowid;
CREATE TABLE tunnel_file (
  name       text primary key,
  session    text not null,
  block      integer not null,
  row_count  integer not null,
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
  time      integer not null,
  principal text not null,
  source    text not null,
  project   text,
  job       text,
  statement text not null,
  objects   text not null,
  verdict   text not null check (verdict in ('allowed', 'denied', 'failed', 'local')),
  code      text,
  rules     text not null
);
INSERT INTO audit VALUES(1,1795699885725,'ALIYUN$user','127.0.0.1','sandbox',NULL,'--@ account create ALIYUN$Bob@example.com','','local',NULL,'BND-1');
INSERT INTO audit VALUES(2,1795699885726,'ALIYUN$user','127.0.0.1','sandbox',NULL,'--@ account create ALIYUN$eve@example.com','','local',NULL,'BND-1');
INSERT INTO audit VALUES(3,1795699885726,'ALIYUN$user','127.0.0.1','sandbox',NULL,'--@ account create RAM$eve@example.com:ann','','local',NULL,'BND-1');
INSERT INTO audit VALUES(4,1795699885726,'ALIYUN$user','127.0.0.1','sandbox',NULL,'--@ account create ALIYUN$gone@example.com','','local',NULL,'BND-1');
INSERT INTO audit VALUES(5,1795699885726,'ALIYUN$user','127.0.0.1','sandbox',NULL,'--@ account drop ALIYUN$gone@example.com','','local',NULL,'BND-1');
INSERT INTO audit VALUES(6,1795699885727,'ALIYUN$user','127.0.0.1','sandbox',NULL,'--@ project create prod owner ALIYUN$Bob@example.com','','local',NULL,'BND-1');
INSERT INTO audit VALUES(7,1795699885727,'ALIYUN$user','127.0.0.1','sandbox',NULL,'--@ project create lab owner ALIYUN$eve@example.com','','local',NULL,'BND-1');
INSERT INTO audit VALUES(8,1795699885727,'ALIYUN$user','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1');
INSERT INTO audit VALUES(9,1795699885727,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1');
INSERT INTO audit VALUES(10,1795699885727,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table t (id bigint comment ''number'', name string) partitioned by (ds string)','CreateInstance:projects/prod CreateTable:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2');
INSERT INTO audit VALUES(11,1795699885728,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','alter table t add partition (ds=''1'')','CreateInstance:projects/prod Alter:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2');
INSERT INTO audit VALUES(12,1795699885729,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','alter table t add columns (x double)','CreateInstance:projects/prod Alter:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2');
INSERT INTO audit VALUES(13,1795699885729,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table gone (a bigint)','CreateInstance:projects/prod CreateTable:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2');
INSERT INTO audit VALUES(14,1795699885729,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','drop table gone','CreateInstance:projects/prod Drop:projects/prod/tables/gone','allowed',NULL,'STG-1 PRJ-1 ACC-2');
INSERT INTO audit VALUES(15,1795699885735,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create view v as select id, name from t where id > 1','CreateInstance:projects/prod CreateTable:projects/prod Select:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4');
INSERT INTO audit VALUES(16,1795699885736,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add user ALIYUN$eve@example.com','AddUser:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2');
INSERT INTO audit VALUES(17,1795699885736,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add user RAM$eve@example.com:ann','AddUser:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2');
INSERT INTO audit VALUES(18,1795699885736,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'create role reader','CreateRole:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2');
INSERT INTO audit VALUES(19,1795699885736,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant reader to ALIYUN$eve@example.com','GrantRole:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2 ACC-8');
INSERT INTO audit VALUES(20,1795699885737,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Select on table t to role reader','GrantPrivs:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-8');
INSERT INTO audit VALUES(21,1795699885737,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Select (id) on table t to user RAM$eve@example.com:ann','GrantPrivs:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-8');
INSERT INTO audit VALUES(22,1795699885737,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Describe on table t to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-8');
INSERT INTO audit VALUES(23,1795699885737,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add file a.txt as a.txt','CreateResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2');
INSERT INTO audit VALUES(24,1795699885738,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'create function f as ''a.B'' using ''a.txt''','CreateFunction:projects/prod Read:projects/prod/resources/a.txt','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4');
INSERT INTO audit VALUES(25,1795699885738,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'create package pk','CreatePackage:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1');
INSERT INTO audit VALUES(26,1795699885739,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add table t to package pk','AddPackageResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1');
INSERT INTO audit VALUES(27,1795699885739,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add view v to package pk','AddPackageResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1');
INSERT INTO audit VALUES(28,1795699885739,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'allow project lab to install package pk','AllowInstallPackage:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1');
INSERT INTO audit VALUES(29,1795699885739,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'setproject READ_TABLE_MAX_ROW=77','SetProperty:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2');
INSERT INTO audit VALUES(30,1795699885740,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'set ProjectProtection=true','SetSecurityConfiguration:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2');
INSERT INTO audit VALUES(31,1795699885740,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add trustedproject lab','AddTrustedProject:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2');
INSERT INTO audit VALUES(32,1795699885740,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'--@ user ALIYUN$eve@example.com','','local',NULL,'BND-1');
INSERT INTO audit VALUES(33,1795699885740,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'use lab','','allowed',NULL,'STG-1 PRJ-1');
INSERT INTO audit VALUES(34,1795699885740,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'install package prod.pk','InstallPackage:projects/lab','allowed',NULL,'STG-1 PRJ-1 PKG-1');
INSERT INTO audit VALUES(35,1795699885740,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'add user RAM$eve@example.com:ann','AddUser:projects/lab','allowed',NULL,'STG-1 PRJ-1 SWI-2');
INSERT INTO audit VALUES(36,1795699885740,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'grant Read on package prod.pk to user RAM$eve@example.com:ann','GrantPrivs:projects/lab/packages/prod.pk','allowed',NULL,'STG-1 PRJ-1 ACC-8');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('account',5);
INSERT INTO sqlite_sequence VALUES('project',3);
INSERT INTO sqlite_sequence VALUES('audit',36);
INSERT INTO sqlite_sequence VALUES('table_object',3);
INSERT INTO sqlite_sequence VALUES('instance_object',6);
INSERT INTO sqlite_sequence VALUES('partition_object',1);
INSERT INTO sqlite_sequence VALUES('acl',4);
INSERT INTO sqlite_sequence VALUES('resource_object',1);
INSERT INTO sqlite_sequence VALUES('function_object',1);
INSERT INTO sqlite_sequence VALUES('package',1);
INSERT INTO sqlite_sequence VALUES('package_object',2);
INSERT INTO sqlite_sequence VALUES('installation',1);
CREATE INDEX project_owner on project(owner);
CREATE INDEX member_account on member(account);
CREATE INDEX role_user_account on role_user(project, account);
CREATE INDEX trusted_by on trusted_project(trusted);
CREATE INDEX table_owner on table_object(owner);
CREATE INDEX data_file_table on data_file(table_id, partition_id);
CREATE INDEX data_file_dead on data_file(name) where table_id is null;
CREATE INDEX resource_owner on resource_object(owner);
CREATE INDEX resource_updator on resource_object(updator);
CREATE INDEX resource_table on resource_object(table_id) where table_id is not null;
CREATE INDEX function_owner on function_object(owner);
CREATE INDEX function_maker on function_object(maker);
CREATE INDEX instance_owner on instance_object(owner, project, started);
CREATE INDEX instance_started on instance_object(project, started);
CREATE INDEX instance_running on instance_object(id) where status = 'Running';
CREATE INDEX instance_result_kept on instance_result(kept_until);
CREATE TRIGGER result_deleted after delete on instance_result when old.file is not null
begin insert into data_file (name, row_count, byte_count, checksum) values (old.file, old.row_count, old.byte_count, old.checksum); end;
CREATE UNIQUE INDEX package_object_listed on package_object(package, kind, object);
CREATE INDEX package_object_table on package_object(table_id) where table_id is not null;
CREATE INDEX package_object_resource on package_object(resource_id) where resource_id is not null;
CREATE INDEX package_object_function on package_object(function_id) where function_id is not null;
CREATE INDEX package_object_instance on package_object(instance_id) where instance_id is not null;
CREATE INDEX package_allowed_project on package_allowed(project);
CREATE INDEX installation_package on installation(package, project) where package is not null;
CREATE INDEX installation_source on installation(source);
CREATE UNIQUE INDEX acl_user on acl(object, kind, account, inside, column_name, action) where account is not null;
CREATE UNIQUE INDEX acl_role on acl(object, kind, role, inside, column_name, action) where role is not null;
CREATE INDEX acl_by_account on acl(account, project) where account is not null;
CREATE INDEX acl_by_role on acl(project, role) where role is not null;
CREATE INDEX acl_table on acl(table_id) where table_id is not null;
CREATE INDEX acl_resource on acl(resource_id) where resource_id is not null;
CREATE INDEX acl_function on acl(function_id) where function_id is not null;
CREATE INDEX acl_instance on acl(instance_id) where instance_id is not null;
CREATE INDEX acl_installation on acl(installation_id) where installation_id is not null;
CREATE INDEX acl_expires on acl(project, expires) where expires is not null;
CREATE INDEX tunnel_session_account on tunnel_session(account, started, id);
CREATE INDEX tunnel_block_table on tunnel_block(table_id);
CREATE INDEX tunnel_file_block on tunnel_file(session, block);
CREATE TRIGGER tunnel_file_deleted after delete on tunnel_file begin
  insert or ignore into data_file (name, row_count, byte_count, checksum)
  values (old.name, old.row_count, old.byte_count, old.checksum);
end;
CREATE TRIGGER project_moves after update of
  owner, frozen, check_permission_using_acl, check_permission_using_policy, object_creator_has_access_permission,
  object_creator_has_grant_permission, label_security, project_protection, exception_policy, external_resource_access_control
on project begin update project set version = version + 1 where id = new.id; end;
CREATE TRIGGER property_inserted after insert on project_property begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER property_updated after update on project_property begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER property_deleted after delete on project_property begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER member_inserted after insert on member begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER member_deleted after delete on member begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER role_user_inserted after insert on role_user begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER role_user_deleted after delete on role_user begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER trusted_inserted after insert on trusted_project begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER trusted_deleted after delete on trusted_project begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER table_inserted after insert on table_object begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER table_updated after update of name, owner, view_text, project on table_object begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER table_deleted after delete on table_object begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER column_inserted after insert on column_object begin update project set version = version + 1 where id = (select project from table_object where id = new.table_id); end;
CREATE TRIGGER column_updated after update on column_object begin update project set version = version + 1 where id = (select project from table_object where id = new.table_id); end;
CREATE TRIGGER column_deleted after delete on column_object begin update project set version = version + 1 where id = (select project from table_object where id = old.table_id); end;
CREATE TRIGGER acl_inserted after insert on acl begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER acl_deleted after delete on acl begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER acl_updated after update on acl begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER resource_inserted after insert on resource_object begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER resource_updated after update on resource_object begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER resource_deleted after delete on resource_object begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER function_inserted after insert on function_object begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER function_updated after update on function_object begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER function_deleted after delete on function_object begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER package_object_inserted after insert on package_object begin update project set version = version + 1 where id = (select project from package where id = new.package); end;
CREATE TRIGGER package_object_deleted after delete on package_object begin update project set version = version + 1 where id = (select project from package where id = old.package); end;
CREATE TRIGGER package_deleted after delete on package begin update project set version = version + 1 where id = old.project; end;
CREATE TRIGGER package_allowed_inserted after insert on package_allowed begin update project set version = version + 1 where id = (select project from package where id = new.package); end;
CREATE TRIGGER package_allowed_updated after update on package_allowed begin update project set version = version + 1 where id = (select project from package where id = new.package); end;
CREATE TRIGGER package_allowed_deleted after delete on package_allowed begin update project set version = version + 1 where id = (select project from package where id = old.package); end;
CREATE TRIGGER installation_inserted after insert on installation begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER installation_deleted after delete on installation begin update project set version = version + 1 where id = old.project; end;
COMMIT;
