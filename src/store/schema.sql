-- The state of an odpsh world. Numbers are never used again (autoincrement), so that nothing new inherits from something dropped.
-- Names are folded; principals keep their spelling and are compared by `key`. Times are milliseconds since 1970, UTC.

create table account (
  id         integer primary key autoincrement,
  principal  text not null,
  key        text not null unique,
  created    integer not null,
  -- Whether names have schemas in sessions of the tenant that it is, where these do not say themselves (SCH-1).
  has_schemas integer not null default 0
);

-- AccessKey pairs. A secret is needed to compare signatures, so it is encrypted and not hashed: by a root key outside of the state, and for
-- this id and account only (KEY-2).
create table access_key (
  id       text primary key,
  account  integer not null references account(id) on delete cascade,
  secret   blob not null,
  -- The root key that opens it.
  root_key text not null,
  enabled  integer not null default 1,
  created  integer not null
) without rowid;
create index access_key_account on access_key(account);

create table project (
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
create index project_owner on project(owner);

-- A key of a tenant, which wraps the data keys of encrypted projects (ENC-1). It is wrapped itself by a root key outside of the state, for its
-- tenant, name and version only.
create table encryption_key (
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

-- A project whose data is ciphertext: its data key, wrapped by a key of its tenant. Whatever is called `sealed` in other tables is opened by the
-- data key.
create table project_encryption (
  project integer primary key references project(id) on delete cascade,
  key     integer not null references encryption_key(id),
  wrapped blob not null
) without rowid;
create index project_encryption_key on project_encryption(key);

create table project_property (
  project integer not null references project(id) on delete cascade,
  key     text not null,
  value   text not null,
  primary key (project, key)
) without rowid;

create table account_provider (
  project integer not null references project(id) on delete cascade,
  name    text not null,
  primary key (project, name)
) without rowid;

create table member (
  project integer not null references project(id) on delete cascade,
  account integer not null references account(id) on delete cascade,
  comment text not null default '',
  added   integer not null,
  primary key (project, account)
) without rowid;
create index member_account on member(account);

create table role (
  project integer not null references project(id) on delete cascade,
  name    text not null,
  kind    text not null check (kind in ('resource', 'admin')),
  comment text not null default '',
  created integer not null,
  primary key (project, name)
) without rowid;

-- A role that is held cannot be dropped.
create table role_user (
  project integer not null,
  role    text not null,
  account integer not null references account(id) on delete cascade,
  granted integer not null,
  grantor text not null,
  primary key (project, role, account),
  foreign key (project, role) references role(project, name) on delete restrict
) without rowid;
create index role_user_account on role_user(project, account);

-- A policy of a project (without a role) or of a role, a JSON document as it was put. That of a dropped role stays until it is purged, and
-- wakes only in a role of the same kind (ACC-9).
create table policy (
  project  integer not null references project(id) on delete cascade,
  role     text not null default '',
  kind     text not null default 'resource' check (kind in ('resource', 'admin')),
  document text not null,
  -- Which document it is: compiled policies are known by it. Never used again, not even after a rollback.
  stamp    text not null default (lower(hex(randomblob(16)))),
  primary key (project, role, kind)
) without rowid;

-- The users of a tenant: RAM users and RAM roles of the account that the tenant is (TNT-2).
create table tenant_user (
  account integer primary key references account(id) on delete cascade,
  tenant  integer not null references account(id) on delete cascade,
  comment text not null default '',
  added   integer not null
);
create index tenant_user_tenant on tenant_user(tenant);

-- The roles of a tenant: the built-in ones, which are made with the account, and its own, which hold nothing but a policy (TNT-3).
create table tenant_role (
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

-- A role that is held cannot be dropped.
create table tenant_role_user (
  role    integer not null references tenant_role(id) on delete restrict,
  account integer not null references tenant_user(account) on delete cascade,
  granted integer not null,
  grantor text not null,
  primary key (role, account)
) without rowid;
create index tenant_role_user_account on tenant_role_user(account);

-- The projects that a role was added to; it counts only in those that its tenant owns.
create table tenant_role_project (
  role    integer not null references tenant_role(id) on delete cascade,
  project integer not null references project(id) on delete cascade,
  added   integer not null,
  primary key (role, project)
) without rowid;
create index tenant_role_project_project on tenant_role_project(project);

-- What a tenant has besides projects (TRS-1); its creator by the number of the account, so that a new account of that name is another one.
create table tenant_resource (
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
create index tenant_resource_creator on tenant_resource(creator);
create index tenant_resource_connection on tenant_resource(connection);

create table tenant_resource_mount (
  resource integer not null references tenant_resource(id) on delete cascade,
  project  integer not null references project(id) on delete cascade,
  mounted  integer not null,
  primary key (resource, project)
) without rowid;
create index tenant_resource_mount_project on tenant_resource_mount(project);

-- Quota rules: the quota of the jobs of a project that name none, by the type of the job (TRS-3).
create table quota_rule (
  project integer not null references project(id) on delete cascade,
  job     text not null,
  quota   integer not null references tenant_resource(id) on delete cascade,
  primary key (project, job)
) without rowid;
create index quota_rule_quota on quota_rule(quota);

create table trusted_project (
  project integer not null references project(id) on delete cascade,
  trusted integer not null references project(id) on delete cascade,
  added   integer not null,
  primary key (project, trusted)
) without rowid;
create index trusted_by on trusted_project(trusted);

-- Everything that privileges are granted on, under a number that no object of any kind ever had. The tables of the kinds extend it.
create table object (
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
create index object_owner on object(owner, project, kind, created);
create index object_created on object(project, kind, created);

-- A schema other than `default`. What is in it goes with it (SCH-3).
create table schema_object (
  id       integer primary key references object(id) on delete cascade,
  comment  text not null default '',
  modified integer not null
);

-- What an external schema stands for (SCH-4): the external data source, by its name, and the location whose folders are its tables.
create table external_schema (
  id       integer primary key references schema_object(id) on delete cascade,
  server   text not null,
  location text not null
);

create table table_object (
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
  bound     integer not null default 0,
  -- How statements name it once it is dropped (DEL-1). It tells nothing of other tables.
  token     text not null default (lower(hex(randomblob(16)))),
  -- The number of its last version: goes up with each change of its rows while its project keeps versions.
  version   integer not null default 0
);
create index table_object_token on table_object(token);
-- A table whose rows lie in files outside of the state (EXT-1).
create table external_table (
  id       integer primary key references table_object(id) on delete cascade,
  format   text not null,
  location text not null
);

-- What its definition says besides: `serde` of its format, `table` of the rest.
create table external_property (
  table_id integer not null references external_table(id) on delete cascade,
  kind     text not null check (kind in ('serde', 'table')),
  key      text not null,
  value    text not null,
  primary key (table_id, kind, key)
) without rowid;

create index view_unbound on table_object(id) where view_text is not null and bound = 0;

create table column_object (
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
  -- Of a partition column: `<unit> <column>` that its values are calculated from.
  generator   text,
  primary key (table_id, position),
  unique (table_id, name)
) without rowid;

-- What the query of a view called its columns when the view was made; it must still do so when the view is read.
create table view_column (
  table_id integer not null references table_object(id) on delete cascade,
  position integer not null,
  name     text not null,
  primary key (table_id, position)
) without rowid;

-- The objects that the names in the query of a view, or of a function in SQL, are bound to (VIW-6), if any. The ids stay after the objects are dropped.
-- The qualifier is what is written before the name: a project, a schema, or both with a point between them (SCH-1).
create table view_relation (
  view_id  integer not null references object(id) on delete cascade,
  position integer not null,
  qualifier text,
  name     text not null,
  object   integer,
  primary key (view_id, position)
) without rowid;
create table view_relation_column (
  view_id   integer not null references object(id) on delete cascade,
  relation  integer not null,
  position  integer not null,
  name      text not null,
  column_id integer not null,
  primary key (view_id, relation, position)
) without rowid;
create table view_function (
  view_id  integer not null references object(id) on delete cascade,
  position integer not null,
  qualifier text,
  name     text not null,
  object   integer,
  primary key (view_id, position)
) without rowid;
-- The flags of the session that made it, as far as they change what a query means (VIW-5).
create table view_flag (
  view_id integer not null references object(id) on delete cascade,
  key     text not null,
  value   text not null,
  primary key (view_id, key)
) without rowid;

-- Columns that got their name by being renamed.
create table renamed_column (
  id integer primary key
) without rowid;

create table sequence (
  name text primary key,
  next integer not null
) without rowid;
insert into sequence values ('column', 1), ('job', 1), ('file', 1), ('death', 0);

create table partition_object (
  id       integer primary key autoincrement,
  table_id integer not null references table_object(id) on delete cascade,
  -- Of an encrypted project, sealed.
  spec     text not null,
  created  integer not null,
  modified integer not null,
  -- Of an external table: its folder, if that is not the one that its values name.
  location text,
  -- The version of the table that it came with.
  made     integer not null default 0,
  unique (table_id, spec)
);

-- The manifest. A file without a table is dead: it is deleted once no process reads it.
create table data_file (
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
  died         integer not null default 0,
  -- The version of the table that it came with.
  since        integer not null default 0,
  -- Whether an earlier version has it: then it is not dead, even without a table.
  kept         integer not null default 0
) without rowid;
create index data_file_table on data_file(table_id, partition_id);
create index data_file_dead on data_file(name) where table_id is null and kept = 0;

-- What projects that keep versions keep (DEL-1). It outlives the table, until its time is over, it is purged, or the project is dropped.
-- The numbers of tables and partitions are those that they had, and have again when they are restored.
create index project_property_retention on project_property(project) where key = 'odps.timemachine.retention.days';

-- A version of the rows of a table, or of a partition of it. One change of a table has one number, however many partitions it changes.
create table table_version (
  table_id     integer not null,
  -- 0 of the table itself.
  partition_id integer not null default 0,
  lsn          integer not null,
  project      integer not null references project(id) on delete cascade,
  operation    text not null,
  -- Never before that of the version before.
  time         integer not null,
  -- When the next version replaced it: none of the last one.
  replaced     integer,
  primary key (table_id, partition_id, lsn)
) without rowid;
create index table_version_replaced on table_version(project, replaced);

-- A file that was part of a table or partition from one version on, and is not from another one on.
create table version_file (
  table_id     integer not null,
  partition_id integer not null default 0,
  name         text not null references data_file(name),
  project      integer not null references project(id) on delete cascade,
  since        integer not null,
  until        integer not null,
  -- The time of the version that does not have it.
  ended        integer,
  primary key (table_id, partition_id, name, since)
) without rowid;
create index version_file_name on version_file(name);
create index version_file_until on version_file(table_id, until);
create index version_file_ended on version_file(project, ended);

create table dropped_table (
  id            integer primary key,
  project       integer not null references project(id) on delete cascade,
  schema        text not null,
  name          text not null,
  -- None once its account is dropped.
  owner         integer references account(id) on delete set null,
  created       integer not null,
  comment       text not null,
  lifecycle     integer,
  transactional integer not null,
  defined       integer not null,
  modified      integer not null,
  token         text not null,
  -- The version without rows that dropping it made.
  version       integer not null,
  dropped       integer not null
);
create index dropped_table_name on dropped_table(project, schema, name);
create index dropped_table_owner on dropped_table(owner);
create index dropped_table_token on dropped_table(token);

create table dropped_column (
  table_id    integer not null references dropped_table(id) on delete cascade,
  position    integer not null,
  id          integer not null,
  name        text not null,
  data_type   text not null,
  comment     text not null,
  nullable    integer not null,
  fallback    text,
  partitioned integer not null,
  is_key      integer not null,
  generator   text,
  primary key (table_id, position)
) without rowid;

create table dropped_label (
  table_id  integer not null references dropped_table(id) on delete cascade,
  column_id integer not null,
  level     integer not null,
  primary key (table_id, column_id)
) without rowid;

-- A partition that was dropped, or its table.
create table dropped_partition (
  id       integer primary key,
  table_id integer not null,
  project  integer not null references project(id) on delete cascade,
  -- Of an encrypted project, sealed.
  spec     text not null,
  created  integer not null,
  modified integer not null,
  made     integer not null,
  -- The version of the table that does not have it.
  lsn      integer not null,
  -- The time of that version.
  dropped  integer
);
create index dropped_partition_table on dropped_partition(table_id);
create index dropped_partition_project on dropped_partition(project);

-- Announced before the first byte is written; the files of a job that ended without commit are deleted by this prefix.
create table writing (
  prefix text primary key,
  -- The lease of the process that writes the files.
  lease  text not null default ''
) without rowid;

-- A file that jobs and functions use; of type `table`, a table that stands in for a file and goes with it.
create table resource_object (
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
create index resource_updator on resource_object(updator);
create index resource_table on resource_object(table_id) where table_id is not null;

-- The bytes of a resource. They are stored before the resource refers to them, in transactions of their own; those that no
-- resource refers to are dead, and deleted piece by piece, unless a process that holds the lease is still storing them.
create table resource_content (
  id       integer primary key autoincrement,
  resource integer unique references resource_object(id) on delete set null,
  lease    text not null default '',
  -- The encrypted project whose data key seals its pieces.
  sealed_by integer,
  check (resource is null or lease = '')
);
create index resource_content_loose on resource_content(id) where resource is null;

-- The content in pieces, so that it never has to be in memory as a whole.
create table resource_piece (
  content  integer not null references resource_content(id) on delete cascade,
  position integer not null,
  bytes    blob not null,
  primary key (content, position)
);

create table function_object (
  id       integer primary key references object(id) on delete cascade,
  -- Who said what it is made of now: its rights count for the resources when the function is called.
  maker    integer references account(id) on delete set null,
  -- Empty for a function in SQL.
  class    text not null,
  -- Of a function in SQL: its definition, from the parameters on. What its names stand for is bound like those of a view.
  body     text,
  modified integer not null
);
create index function_maker on function_object(maker);

-- The resources that a function is made of, by name: one that is made anew is used from then on, if it may be read, and if somebody made it
-- whom the function's maker has to trust (UDF-2).
create table function_resource (
  function_id integer not null references function_object(id) on delete cascade,
  position    integer not null,
  project     text not null,
  schema      text not null default 'default',
  name        text not null,
  -- What it held when the function was made: the number of its content, or of its table as a negative number.
  made_of     integer,
  primary key (function_id, position)
) without rowid;

-- A job that ran or runs. One that runs is its own announcement: the files of its result begin with `result<id>-`, and it has
-- failed if nobody reads or writes any more.
create table instance_object (
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
create index instance_running on instance_object(id) where status = 'Running';
create index instance_ended on instance_object(ended) where ended is not null;

-- What it read is remembered, whatever becomes of it: its result is a source of flows like the tables themselves (FLW-9).
-- Place 0 is the source, the others are the views that it was read through, outermost first.
create table instance_source (
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

-- What it asked for in order to read: fetching its result asks for that again (FLW-9a).
create table instance_access (
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

create table instance_access_column (
  instance  integer not null,
  position  integer not null,
  column_id integer not null,
  primary key (instance, position, column_id),
  foreign key (instance, position) references instance_access(instance, position) on delete cascade
) without rowid;

-- A result that can be fetched again. Few rows are held here, many in a file.
create table instance_result (
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
create index instance_result_kept on instance_result(kept_until);

create table instance_column (
  instance  integer not null references instance_result(instance) on delete cascade,
  position  integer not null,
  name      text not null,
  data_type text not null,
  primary key (instance, position)
) without rowid;

create table package (
  id      integer primary key autoincrement,
  project integer not null references project(id) on delete cascade,
  name    text not null,
  created integer not null,
  unique (project, name)
);

-- An object in a package. It goes with the object, and with the package (ACC-9).
create table package_object (
  id      integer primary key autoincrement,
  package integer not null references package(id) on delete cascade,
  object  integer not null references object(id) on delete cascade,
  unique (package, object)
);
create index package_object_listed on package_object(object);

create table package_privilege (
  package_object integer not null references package_object(id) on delete cascade,
  action         text not null,
  primary key (package_object, action)
) without rowid;

-- Who may install a package, and up to which label its users may read.
create table package_allowed (
  package integer not null references package(id) on delete cascade,
  project integer not null references project(id) on delete cascade,
  label   integer not null check (label between 0 and 9),
  allowed integer not null,
  primary key (package, project)
) without rowid;
create index package_allowed_project on package_allowed(project);

-- A package in the project that installed it. Of a package that was dropped the entry stays, without a package (PKG-3).
create table installation (
  id        integer primary key references object(id) on delete cascade,
  project   integer not null references project(id) on delete cascade,
  source    integer not null references project(id) on delete cascade,
  package   integer references package(id) on delete set null,
  name      text not null,
  installed integer not null,
  unique (project, source, name)
);
create index installation_package on installation(package, project) where package is not null;
create index installation_source on installation(source);

-- One entry is one action for one grantee. Users are named by account, roles by name: a removed user's entries sleep,
-- a dropped role's stay until they are purged (ACC-9). An entry with an installation is inside that package.
create table acl (
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
create unique index acl_user on acl(object, account, inside, column_name, action) where account is not null;
create unique index acl_role on acl(object, role, inside, column_name, action) where role is not null;
create index acl_by_account on acl(account, project) where account is not null;
create index acl_by_role on acl(project, role) where role is not null;
create index acl_object on acl(object);
create index acl_installation on acl(installation) where installation is not null;
create index acl_expires on acl(project, expires) where expires is not null;

-- Up to which label a member or a role of a project reads (LAB-1). It goes when the member is removed or the role dropped (LAB-3).
create table reading_level (
  project integer not null references project(id) on delete cascade,
  account integer references account(id) on delete cascade,
  role    text,
  level   integer not null check (level between 1 and 9),
  check ((account is null) <> (role is null))
);
create unique index reading_level_user on reading_level(project, account) where account is not null;
create unique index reading_level_role on reading_level(project, role) where role is not null;
create index reading_level_account on reading_level(account) where account is not null;

-- The label of a column, by the number that the column keeps whatever it is called; of column 0, that of the table.
create table label (
  table_id  integer not null references table_object(id) on delete cascade,
  column_id integer not null,
  level     integer not null check (level between 0 and 9),
  primary key (table_id, column_id)
) without rowid;

-- Up to which label a grantee reads a table, or a column of it; like an entry of `acl`, and likewise inside an installed package.
create table label_grant (
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
create unique index label_grant_user on label_grant(object, account, inside, column_id) where account is not null;
create unique index label_grant_role on label_grant(object, role, inside, column_id) where role is not null;
create index label_grant_by_account on label_grant(account, project) where account is not null;
create index label_grant_by_role on label_grant(project, role) where role is not null;
create index label_grant_object on label_grant(object);
create index label_grant_installation on label_grant(installation) where installation is not null;
create index label_grant_expires on label_grant(project, expires) where expires is not null;

-- A tunnel transfer of one principal. An upload that did not come to its end goes on from its finished blocks.
create table tunnel_session (
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
  -- The encrypted project that it moves rows of: its command, its log and its bad records are sealed.
  sealed_by integer
) without rowid;
create index tunnel_session_account on tunnel_session(account, started, id);

create table tunnel_source (
  session  text not null references tunnel_session(id) on delete cascade,
  number   integer not null,
  path     text not null,
  bytes    integer not null,
  modified integer not null,
  primary key (session, number)
) without rowid;

-- A finished block: its records end at byte `next` of its source. Goes when it becomes part of the table.
create table tunnel_block (
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
create index tunnel_block_table on tunnel_block(table_id);

create table tunnel_file (
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
create index tunnel_file_block on tunnel_file(session, block);

create table tunnel_line (
  session text not null references tunnel_session(id) on delete cascade,
  number  integer not null,
  kind    text not null check (kind in ('log', 'bad')),
  line    text not null,
  primary key (session, kind, number)
) without rowid;

create table audit (
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

-- What the 256 audit records up to the last one have: their times, and the numbers of principals, objects, rules and verdicts, in order.
create table audit_block (
  last  integer primary key,
  since integer not null,
  until integer not null,
  terms blob not null
);

-- Triggers come last: a migration copies rows before they are there.
-- The file of a result that is gone is dead.
create trigger result_deleted after delete on instance_result when old.file is not null
begin insert into data_file (name, byte_count, checksum) values (old.file, old.byte_count, old.checksum); end;

-- A file of an upload that is given up is dead; one that became part of a table is known already.
create trigger tunnel_file_deleted after delete on tunnel_file begin
  insert or ignore into data_file (name, byte_count, checksum) values (old.name, old.byte_count, old.checksum);
end;

create trigger data_file_died after update of table_id on data_file when new.table_id is null and old.table_id is not null begin
  update sequence set next = next + 1 where name = 'death';
  update data_file set died = (select next from sequence where name = 'death') where name = new.name;
end;
-- A file of earlier versions is dead once none of them is left and no table has it.
create trigger version_file_inserted after insert on version_file begin
  update data_file set kept = 1 where name = new.name and kept = 0;
end;
create trigger version_file_deleted after delete on version_file when not exists (select 1 from version_file where name = old.name)
begin update data_file set kept = 0 where name = old.name; end;
create trigger data_file_given_up after update of kept on data_file when new.kept = 0 and old.kept = 1 and new.table_id is null begin
  update sequence set next = next + 1 where name = 'death';
  update data_file set died = (select next from sequence where name = 'death') where name = new.name;
end;
create trigger data_file_dead after insert on data_file when new.table_id is null begin
  update sequence set next = next + 1 where name = 'death';
  update data_file set died = (select next from sequence where name = 'death') where name = new.name;
end;

-- An installation goes with the project that made the package as well.
create trigger installation_gone after delete on installation begin delete from object where id = old.id; end;

-- What a decision depends on moves the project's version.
create trigger project_moves after update of
  owner, frozen, check_permission_using_acl, check_permission_using_policy, object_creator_has_access_permission,
  object_creator_has_grant_permission, label_security, project_protection, exception_policy, external_resource_access_control,
  external_resource_locations, tenant_resource_access_control, default_quota
on project begin update project set version = version + 1 where id = new.id; end;
create trigger property_inserted after insert on project_property begin update project set version = version + 1 where id = new.project; end;
create trigger property_updated after update on project_property begin update project set version = version + 1 where id = new.project; end;
create trigger property_deleted after delete on project_property begin update project set version = version + 1 where id = old.project; end;
create trigger member_inserted after insert on member begin update project set version = version + 1 where id = new.project; end;
create trigger member_deleted after delete on member begin update project set version = version + 1 where id = old.project; end;
create trigger role_user_inserted after insert on role_user begin update project set version = version + 1 where id = new.project; end;
create trigger role_user_deleted after delete on role_user begin update project set version = version + 1 where id = old.project; end;
create trigger policy_inserted after insert on policy begin update project set version = version + 1 where id = new.project; end;
create trigger policy_updated after update on policy begin update project set version = version + 1 where id = new.project; end;
create trigger policy_deleted after delete on policy begin update project set version = version + 1 where id = old.project; end;
create trigger tenant_role_updated after update of document on tenant_role begin update project set version = version + 1 where owner = new.tenant; end;
create trigger tenant_role_user_inserted after insert on tenant_role_user begin update project set version = version + 1 where owner = (select tenant from tenant_role where id = new.role); end;
create trigger tenant_role_user_deleted after delete on tenant_role_user begin update project set version = version + 1 where owner = (select tenant from tenant_role where id = old.role); end;
create trigger tenant_role_project_inserted after insert on tenant_role_project begin update project set version = version + 1 where id = new.project; end;
create trigger tenant_role_project_deleted after delete on tenant_role_project begin update project set version = version + 1 where id = old.project; end;
create trigger tenant_resource_inserted after insert on tenant_resource begin update project set version = version + 1 where owner = new.tenant; end;
create trigger tenant_resource_updated after update on tenant_resource begin update project set version = version + 1 where owner = new.tenant; end;
create trigger tenant_resource_deleted after delete on tenant_resource begin update project set version = version + 1 where owner = old.tenant; end;
create trigger tenant_resource_mounted after insert on tenant_resource_mount begin update project set version = version + 1 where id = new.project; end;
create trigger tenant_resource_unmounted after delete on tenant_resource_mount begin update project set version = version + 1 where id = old.project; end;
create trigger quota_rule_inserted after insert on quota_rule begin update project set version = version + 1 where id = new.project; end;
create trigger quota_rule_updated after update on quota_rule begin update project set version = version + 1 where id = new.project; end;
create trigger quota_rule_deleted after delete on quota_rule begin update project set version = version + 1 where id = old.project; end;
create trigger project_encrypted after insert on project_encryption begin update project set version = version + 1 where id = new.project; end;
create trigger trusted_inserted after insert on trusted_project begin update project set version = version + 1 where id = new.project; end;
create trigger trusted_deleted after delete on trusted_project begin update project set version = version + 1 where id = old.project; end;
-- What a result was made of is fixed, and who may read it is an entry: an instance moves nothing.
create trigger object_inserted after insert on object when new.kind <> 'instance' begin update project set version = version + 1 where id = new.project; end;
create trigger object_updated after update on object begin update project set version = version + 1 where id = new.project; end;
create trigger object_deleted after delete on object when old.kind <> 'instance' begin update project set version = version + 1 where id = old.project; end;
create trigger table_updated after update of view_text on table_object begin update project set version = version + 1 where id = (select project from object where id = new.id); end;
create trigger column_inserted after insert on column_object begin update project set version = version + 1 where id = (select project from object where id = new.table_id); end;
create trigger column_updated after update on column_object begin update project set version = version + 1 where id = (select project from object where id = new.table_id); end;
create trigger column_deleted after delete on column_object begin update project set version = version + 1 where id = (select project from object where id = old.table_id); end;
create trigger acl_inserted after insert on acl begin update project set version = version + 1 where id = new.project; end;
create trigger acl_deleted after delete on acl begin update project set version = version + 1 where id = old.project; end;
create trigger acl_updated after update on acl begin update project set version = version + 1 where id = new.project; end;
create trigger resource_updated after update on resource_object begin update project set version = version + 1 where id = (select project from object where id = new.id); end;
create trigger function_updated after update on function_object begin update project set version = version + 1 where id = (select project from object where id = new.id); end;
create trigger package_object_inserted after insert on package_object begin update project set version = version + 1 where id = (select project from package where id = new.package); end;
create trigger package_object_deleted after delete on package_object begin update project set version = version + 1 where id = (select project from package where id = old.package); end;
create trigger package_deleted after delete on package begin update project set version = version + 1 where id = old.project; end;
create trigger package_allowed_inserted after insert on package_allowed begin update project set version = version + 1 where id = (select project from package where id = new.package); end;
create trigger package_allowed_updated after update on package_allowed begin update project set version = version + 1 where id = (select project from package where id = new.package); end;
create trigger package_allowed_deleted after delete on package_allowed begin update project set version = version + 1 where id = (select project from package where id = old.package); end;
create trigger installation_inserted after insert on installation begin update project set version = version + 1 where id = new.project; end;
create trigger installation_deleted after delete on installation begin update project set version = version + 1 where id = old.project; end;
create trigger reading_level_inserted after insert on reading_level begin update project set version = version + 1 where id = new.project; end;
create trigger reading_level_updated after update on reading_level begin update project set version = version + 1 where id = new.project; end;
create trigger reading_level_deleted after delete on reading_level begin update project set version = version + 1 where id = old.project; end;
create trigger label_inserted after insert on label begin update project set version = version + 1 where id = (select project from object where id = new.table_id); end;
create trigger label_updated after update on label begin update project set version = version + 1 where id = (select project from object where id = new.table_id); end;
create trigger label_deleted after delete on label begin update project set version = version + 1 where id = (select project from object where id = old.table_id); end;
create trigger label_grant_inserted after insert on label_grant begin update project set version = version + 1 where id = new.project; end;
create trigger label_grant_updated after update on label_grant begin update project set version = version + 1 where id = new.project; end;
create trigger label_grant_deleted after delete on label_grant begin update project set version = version + 1 where id = old.project; end;
