-- The state of an odpsh world. Numbers are never used again (autoincrement), so that nothing new inherits from something dropped.
-- Names are folded; principals keep their spelling and are compared by `key`. Times are milliseconds since 1970, UTC.

create table account (
  id         integer primary key autoincrement,
  principal  text not null,
  key        text not null unique,
  access_id  text unique,
  access_key text,
  created    integer not null
);

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
  external_resource_access_control         integer not null default 0
);
create index project_owner on project(owner);

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

create table trusted_project (
  project integer not null references project(id) on delete cascade,
  trusted integer not null references project(id) on delete cascade,
  added   integer not null,
  primary key (project, trusted)
) without rowid;
create index trusted_by on trusted_project(trusted);

create table table_object (
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
create index table_owner on table_object(owner);

create table column_object (
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

-- What the query of a view called its columns when the view was made; it must still do so when the view is read.
create table view_column (
  table_id integer not null references table_object(id) on delete cascade,
  position integer not null,
  name     text not null,
  primary key (table_id, position)
) without rowid;

create table sequence (
  name text primary key,
  next integer not null
) without rowid;
insert into sequence values ('column', 1), ('job', 1);

create table partition_object (
  id       integer primary key autoincrement,
  table_id integer not null references table_object(id) on delete cascade,
  spec     text not null,
  created  integer not null,
  modified integer not null,
  unique (table_id, spec)
);

-- The manifest. A file without a table is dead: it is deleted once no process reads.
create table data_file (
  name         text primary key,
  table_id     integer references table_object(id) on delete set null,
  partition_id integer references partition_object(id) on delete set null,
  row_count    integer not null,
  byte_count   integer not null,
  checksum     integer not null
) without rowid;
create index data_file_table on data_file(table_id, partition_id);
create index data_file_dead on data_file(name) where table_id is null;

-- Announced before the first byte is written; the files of a job that ended without commit are deleted by this prefix.
create table writing (
  prefix text primary key,
  files  integer not null
) without rowid;

-- One entry is one action for one grantee. Users are named by account, roles by name: a removed user's entries sleep,
-- a dropped role's stay until they are purged (ACC-9).
create table acl (
  id          integer primary key autoincrement,
  project     integer not null references project(id) on delete cascade,
  -- Of a grant on the project itself, null.
  table_id    integer references table_object(id) on delete cascade,
  column_name text not null default '',
  account     integer references account(id) on delete cascade,
  role        text,
  action      text not null,
  grantor     text not null,
  granted     integer not null,
  expires     integer,
  check ((account is null) <> (role is null))
);
create unique index acl_user on acl(coalesce(table_id, -project), account, column_name, action) where account is not null;
create unique index acl_role on acl(coalesce(table_id, -project), role, column_name, action) where role is not null;
create index acl_by_account on acl(account, project) where account is not null;
create index acl_by_role on acl(project, role) where role is not null;
create index acl_table on acl(table_id) where table_id is not null;
create index acl_expires on acl(project, expires) where expires is not null;

create table audit (
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

-- What a decision depends on moves the project's version.
create trigger project_moves after update of
  owner, frozen, check_permission_using_acl, check_permission_using_policy, object_creator_has_access_permission,
  object_creator_has_grant_permission, label_security, project_protection, exception_policy, external_resource_access_control
on project begin update project set version = version + 1 where id = new.id; end;
create trigger property_inserted after insert on project_property begin update project set version = version + 1 where id = new.project; end;
create trigger property_updated after update on project_property begin update project set version = version + 1 where id = new.project; end;
create trigger property_deleted after delete on project_property begin update project set version = version + 1 where id = old.project; end;
create trigger member_inserted after insert on member begin update project set version = version + 1 where id = new.project; end;
create trigger member_deleted after delete on member begin update project set version = version + 1 where id = old.project; end;
create trigger role_user_inserted after insert on role_user begin update project set version = version + 1 where id = new.project; end;
create trigger role_user_deleted after delete on role_user begin update project set version = version + 1 where id = old.project; end;
create trigger trusted_inserted after insert on trusted_project begin update project set version = version + 1 where id = new.project; end;
create trigger trusted_deleted after delete on trusted_project begin update project set version = version + 1 where id = old.project; end;
create trigger table_inserted after insert on table_object begin update project set version = version + 1 where id = new.project; end;
create trigger table_updated after update of name, owner, view_text, project on table_object begin update project set version = version + 1 where id = new.project; end;
create trigger table_deleted after delete on table_object begin update project set version = version + 1 where id = old.project; end;
create trigger column_inserted after insert on column_object begin update project set version = version + 1 where id = (select project from table_object where id = new.table_id); end;
create trigger column_updated after update on column_object begin update project set version = version + 1 where id = (select project from table_object where id = new.table_id); end;
create trigger column_deleted after delete on column_object begin update project set version = version + 1 where id = (select project from table_object where id = old.table_id); end;
create trigger acl_inserted after insert on acl begin update project set version = version + 1 where id = new.project; end;
create trigger acl_deleted after delete on acl begin update project set version = version + 1 where id = old.project; end;
create trigger acl_updated after update on acl begin update project set version = version + 1 where id = new.project; end;
