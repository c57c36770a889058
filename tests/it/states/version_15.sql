-- A state of version 15: that of version 14, migrated, and a table that was dropped since.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE access_key (
  id       text primary key,
  account  integer not null references account(id) on delete cascade,
  secret   blob not null,
  -- The root key that opens it.
  root_key text not null,
  enabled  integer not null default 1,
  created  integer not null
) without rowid;
INSERT INTO "access_key" VALUES('LTAI4Q8DZZGGDNBCEEXCBSTX',7,X'1DD7C877903927C6F4EF81E066FDEECE43FD3DBF1D6681ACC734ED02156C6809A8DC8DE031152426C3EA2E18624D3601E1368B51707C5EB4CD49','e0b4de1ff24bb986',1,1795810872021);
INSERT INTO "access_key" VALUES('LTAIEXAMPLE1',1,X'95F4B449993E384D9D5AAAFEB287B2966E9B53AAC79162CAE497C63359B94491A9E4B8','e0b4de1ff24bb986',1,1795734839479);
INSERT INTO "access_key" VALUES('LTAIEXAMPLE2',2,X'D63607C2A0AC620A6220FB297C0E37B03924E72016AB577388DE672F5C3AEDA3C84940','e0b4de1ff24bb986',1,1795734839505);
INSERT INTO "access_key" VALUES('LTAIEXAMPLE3',3,X'CDE250BCF363D2CFA275BDA50F1E04AAE95668CC63C9C55860CF3A0EA4048E54D28E36','e0b4de1ff24bb986',1,1795734839522);
INSERT INTO "access_key" VALUES('LTAIEXAMPLE4',4,X'29B8C362BD3E052444E169565170C5BBDA190B8B7A37582B032D1EA5498F25D36ED4FB','e0b4de1ff24bb986',1,1795734839522);
INSERT INTO "access_key" VALUES('LTAIHKTZ2WGH6W6P2A6BS9XT',6,X'463F1D1CFF75B461F338A13D967B3A1F1F854E2A3130563484792B21506915C419D054D25A52A3ED7D9B72550DAE255F39D3A12ED9244F925BE4','e0b4de1ff24bb986',1,1795822781433);
INSERT INTO "access_key" VALUES('LTAIZLZRHQ3Q42N2WTZR8R5J',6,X'ECD3A8E0EC5A76FACE1CAC25124B811FFFC9C631736495B6B31ED7E4EC6C56C1E1A544AED4AC7E4CF525DF6E1B334EB043F7BDB02B463A165E0D','e0b4de1ff24bb986',1,1795801192809);
CREATE TABLE account (
  id         integer primary key autoincrement,
  principal  text not null,
  key        text not null unique,
  created    integer not null,
  -- Whether names have schemas in sessions of the tenant that it is, where these do not say themselves (SCH-1).
  has_schemas integer not null default 0
);
INSERT INTO "account" VALUES(1,'ALIYUN$root','aliyun$root',1795734839479,0);
INSERT INTO "account" VALUES(2,'ALIYUN$Bob@example.com','aliyun$bob@example.com',1795734839505,1);
INSERT INTO "account" VALUES(3,'ALIYUN$eve@example.com','aliyun$eve@example.com',1795734839522,0);
INSERT INTO "account" VALUES(4,'RAM$eve@example.com:ann','ram$eve@example.com:ann',1795734839522,0);
INSERT INTO "account" VALUES(6,'RAM$Bob@example.com:tess','ram$bob@example.com:tess',1795801192809,0);
INSERT INTO "account" VALUES(7,'RAM$eve@example.com:role/etl','ram$eve@example.com:role/etl',1795810872021,0);
CREATE TABLE account_provider (
  project integer not null references project(id) on delete cascade,
  name    text not null,
  primary key (project, name)
) without rowid;
INSERT INTO "account_provider" VALUES(1,'ALIYUN');
INSERT INTO "account_provider" VALUES(1,'RAM');
INSERT INTO "account_provider" VALUES(2,'ALIYUN');
INSERT INTO "account_provider" VALUES(2,'RAM');
INSERT INTO "account_provider" VALUES(3,'ALIYUN');
INSERT INTO "account_provider" VALUES(3,'RAM');
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
INSERT INTO "acl" VALUES(4,2,41,NULL,'','','',3,NULL,'Select','ALIYUN$Bob@example.com',1795734839693,NULL,NULL);
INSERT INTO "acl" VALUES(5,2,41,NULL,'','','',3,NULL,'Describe','ALIYUN$Bob@example.com',1795734839693,NULL,NULL);
INSERT INTO "acl" VALUES(6,2,16,NULL,'','','',3,NULL,'List','ALIYUN$Bob@example.com',1795734839694,NULL,NULL);
INSERT INTO "acl" VALUES(7,2,16,NULL,'','','',3,NULL,'CreateInstance','ALIYUN$Bob@example.com',1795734839694,NULL,NULL);
INSERT INTO "acl" VALUES(8,2,16,NULL,'','','',4,NULL,'CreateInstance','ALIYUN$Bob@example.com',1795734839694,NULL,NULL);
INSERT INTO "acl" VALUES(9,2,22,NULL,'','','',3,NULL,'CreateTable','ALIYUN$Bob@example.com',1795734839694,NULL,NULL);
INSERT INTO "acl" VALUES(10,2,10,NULL,'','','',3,NULL,'Read','ALIYUN$Bob@example.com',1795734839721,NULL,NULL);
INSERT INTO "acl" VALUES(11,2,11,NULL,'','','',3,NULL,'Execute','ALIYUN$Bob@example.com',1795734839721,NULL,NULL);
INSERT INTO "acl" VALUES(12,2,11,NULL,'','','',3,NULL,'Read','ALIYUN$Bob@example.com',1795734839721,NULL,NULL);
INSERT INTO "acl" VALUES(13,3,13,NULL,'','','',4,NULL,'Read','ALIYUN$eve@example.com',1795734840041,NULL,NULL);
INSERT INTO "acl" VALUES(14,3,24,NULL,'','','',4,NULL,'CreateInstance','ALIYUN$eve@example.com',1795734840041,NULL,NULL);
INSERT INTO "acl" VALUES(15,3,24,NULL,'','','',4,NULL,'CreateTable','ALIYUN$eve@example.com',1795734840041,NULL,NULL);
INSERT INTO "acl" VALUES(16,3,25,21,'','u','',4,NULL,'Select','ALIYUN$eve@example.com',1795734840042,NULL,NULL);
INSERT INTO "acl" VALUES(18,2,25,NULL,'','','',3,NULL,'Select','ALIYUN$Bob@example.com',1795779993184,1798371993184,'acs:SourceIp in (''10.0.0.0/8'')');
INSERT INTO "acl" VALUES(19,2,126,NULL,'','','',3,NULL,'Describe','ALIYUN$Bob@example.com',1795781819134,NULL,NULL);
INSERT INTO "acl" VALUES(20,2,130,NULL,'','','',3,NULL,'Select','ALIYUN$Bob@example.com',1795788228888,NULL,NULL);
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
INSERT INTO "audit" VALUES(1,1795734839505,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ account create ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'4F26CD9095B30BCA15C78E996360F40210B822C5E7ED4B0FB193B077E8F83760');
INSERT INTO "audit" VALUES(2,1795734839522,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ account create ALIYUN$eve@example.com','','local',NULL,'BND-1',X'8EDE1659CAB52B02C26E4E63A51969EF01C112FCB8C162B2C0A7EE98BB14103C');
INSERT INTO "audit" VALUES(3,1795734839522,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ account create RAM$eve@example.com:ann','','local',NULL,'BND-1',X'BE2662639A6A1387DA21CBE512331CE77E9CA4EAA209B34D8DEC01E65123619A');
INSERT INTO "audit" VALUES(4,1795734839522,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ account create ALIYUN$gone@example.com','','local',NULL,'BND-1',X'F5CCB830B20F6E8EEBFBEAE701F5A43A1858ACAA7B91C7570920C92632774A1D');
INSERT INTO "audit" VALUES(5,1795734839522,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ account drop ALIYUN$gone@example.com','','local',NULL,'BND-1',X'327FE69B8CF88171170201D461A30AAADDC2F98D57910FA1425A20AB098CC6B7');
INSERT INTO "audit" VALUES(6,1795734839523,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ project create prod owner ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'86348A9EBFE0EC75FEF9BD9CB2B414745AEBAA71ED16DE8F138F40C0904418D5');
INSERT INTO "audit" VALUES(7,1795734839523,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ project create lab owner ALIYUN$eve@example.com','','local',NULL,'BND-1',X'CA10483F7B5A5751562185F4E6691C0ADDD6FA8FA577AA9A114B50E6EBFF1F5E');
INSERT INTO "audit" VALUES(8,1795734839523,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'484E5DE46AB044879FE17CD0721D6A5982CBE8CB45F89C01F00960684AA97B6D');
INSERT INTO "audit" VALUES(9,1795734839524,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'F76169958F04511A850AA4F02165B728750524EDD47D4443B36EBFFABD2FAAFD');
INSERT INTO "audit" VALUES(10,1795734839529,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table gone (a bigint)','CreateInstance:projects/prod CreateTable:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'C37ACC41B10A46875009867E0429CBCE5D6AF06F42656A0867DDAEF59667FEE3');
INSERT INTO "audit" VALUES(11,1795734839531,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table t (id bigint comment ''number'', name string) partitioned by (ds string)','CreateInstance:projects/prod CreateTable:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'22D70489A683A18D4430E06F25B0929B38C4328B367E1086E5D7C4A496C62009');
INSERT INTO "audit" VALUES(12,1795734839531,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','alter table t add partition (ds=''1'')','CreateInstance:projects/prod Alter:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'6B2D00013C044AEDEAB9375C5A3148D6A0CE6320F3B37EFD6DF9143D6F50F720');
INSERT INTO "audit" VALUES(13,1795734839555,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','insert into t partition (ds=''1'') values (1, ''one''), (2, ''two''), (3, ''three'')','CreateInstance:projects/prod Update:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'D9810A3D340400121DF41B8234B74BDF84E56DD71E1778323449F37299991488');
INSERT INTO "audit" VALUES(14,1795734839618,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table u (a bigint, b string)','CreateInstance:projects/prod CreateTable:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'E7A62EBEFB253AD88C490B790B8B8ED5AC6883A5E900546ED34574C5A969271F');
INSERT INTO "audit" VALUES(15,1795734839622,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','insert into u values (2, ''b2''), (3, ''b3'')','CreateInstance:projects/prod Update:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'F708D97335CFAC64B8C715CF1F3F6956C35F175FAFB25E94D50673B52BF0CEC8');
INSERT INTO "audit" VALUES(16,1795734839641,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','drop table gone','CreateInstance:projects/prod Drop:projects/prod/tables/gone','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'7DA9712927E0756259E3850883AE01DB5D74DD600F35C88DF5C432E0428E944C');
INSERT INTO "audit" VALUES(17,1795734839646,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create view v as select id, name from t where id > 1','CreateInstance:projects/prod CreateTable:projects/prod Select:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'15AA68C79F648CB04C3B074DA3684782C3820E25BE6FF806255BB7D92BB9098A');
INSERT INTO "audit" VALUES(18,1795734839690,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create view w as select v.id as id, u.b as b from v join u on v.id = u.a','CreateInstance:projects/prod CreateTable:projects/prod Select:projects/prod/tables/v Select:projects/prod/tables/t Select:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-2 VIW-1 FLW-4',X'18E1720A52C5A60D527A5340CB7B94451E2930774ABD48F54E76262587796A8A');
INSERT INTO "audit" VALUES(19,1795734839691,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add user ALIYUN$eve@example.com','AddUser:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'1491404816751A3E244BC2CBD8BDB30BD3684CEBA07C37D4F3B0B886E558929C');
INSERT INTO "audit" VALUES(20,1795734839692,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add user RAM$eve@example.com:ann','AddUser:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'6BA4BEC79FF05D2D60AB5D24F53AC9C2E9D3AF06F6DAAE5C9247FC293E21AEA0');
INSERT INTO "audit" VALUES(21,1795734839692,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'create role reader','CreateRole:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'82BA5FC563CE28730EF7C3F45D5B45C87C121C92D6A3D71748F96856DE99A26F');
INSERT INTO "audit" VALUES(22,1795734839692,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant reader to ALIYUN$eve@example.com','GrantRole:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2 ACC-8',X'0345A6AC671958E1ECFFFE5774CAAEDBD2620474DAD31B6FF91B44886F3476AC');
INSERT INTO "audit" VALUES(23,1795734839693,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Select on table t to role reader','GrantPrivs:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'1A5DD88EDF18512393D00A49E004D23C5DF06A1CC57BAAA83753B80F0E797B7D');
INSERT INTO "audit" VALUES(24,1795734839693,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Select on table t (id) to user RAM$eve@example.com:ann','GrantPrivs:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'7DDB18EA03B50D777953F588377D30CD5D4F219EC70F46339F0E256267CE37BE');
INSERT INTO "audit" VALUES(25,1795734839693,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Describe on table t to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'168752AF8228B45C3F3502579A8C24D2C78B45151EB68CA94EDBA7687094EB9B');
INSERT INTO "audit" VALUES(26,1795734839693,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Select, Describe on table w to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/tables/w','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'5D6BF87D0EE7A005390D8AE544FE0175658892F239E002BF06157EF91C75F4B4');
INSERT INTO "audit" VALUES(27,1795734839694,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant List, CreateInstance on project prod to user ALIYUN$eve@example.com','GrantPrivs:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'837CAE0D595AB1363AC49BD1D94FCD17FD9555C3847259A0372484ADF796FDA6');
INSERT INTO "audit" VALUES(28,1795734839694,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant CreateInstance on project prod to user RAM$eve@example.com:ann','GrantPrivs:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'DD05DE32BF3C746DDD94673ADDC20FC5F622677B670FD3E734B49F75696CD1CC');
INSERT INTO "audit" VALUES(29,1795734839694,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant CreateTable on schema default to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/schemas/default','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'7DE05EA33188A9B88908550AF2427960BF322676DAEAFFC5B34AEBD40855C6BA');
INSERT INTO "audit" VALUES(30,1795734839702,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add file ./a.txt','CreateResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'BE08CE878E22B07F5BCF2267B653C068D14C2ABD93AAFC98D256852D06332D55');
INSERT INTO "audit" VALUES(31,1795734839708,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add py ./b.py -f','CreateResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'4A651A5CA020AE5CED1CB32968767361BC82B7183F08294EC9724683C81A9B98');
INSERT INTO "audit" VALUES(32,1795734839709,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add jar ./c.jar','CreateResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'10DAA3BC8CDF7968731881C9AEB5A41F0869E13B2EDA58A2DE2B52A136E9063D');
INSERT INTO "audit" VALUES(33,1795734839710,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add archive ./d.zip','CreateResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'A41A425FD47DB5BF22B7D60DBAF73CC4E5CAFCEDE58C79B151A182965CED4EF7');
INSERT INTO "audit" VALUES(34,1795734839719,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add table u as tu','CreateResource:projects/prod Select:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'3EA8C07A4D7D583224C555FC207C7B902191030201A25A91B61565423F173526');
INSERT INTO "audit" VALUES(35,1795734839720,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add table t partition (ds=''1'') as tp','CreateResource:projects/prod Select:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'7D43E22EB904D686F4B553DB5F4C1A74D85EAABAC75614F48F8C36E054D270BB');
INSERT INTO "audit" VALUES(36,1795734839720,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'create function f as ''a.B'' using ''c.jar,tu''','CreateFunction:projects/prod Read:projects/prod/resources/c.jar Read:projects/prod/resources/tu Select:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-2 VIW-1 FLW-4',X'7D26BD29906C62D25C3AE1DC1DC3B4C8F81022DCE9B1E831F9B03AC5FB713218');
INSERT INTO "audit" VALUES(37,1795734839721,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Read on resource a.txt to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/resources/a.txt','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'D2DAB343E39C3249F13BA247A2E05F978175238B7C870C4A20CEDE09D3D179DD');
INSERT INTO "audit" VALUES(38,1795734839721,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Execute, Read on function f to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/registration/functions/f','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'AB86829EA1F92207B01012C21007AA06B00ADB53AC7F0D700A88433A583EF847');
INSERT INTO "audit" VALUES(39,1795734839721,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'create package pk','CreatePackage:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'A0751D6073959ED525314BCE17C56D95C1D7F5BEC5DD1DA56E988C4855D63852');
INSERT INTO "audit" VALUES(40,1795734839721,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add table t to package pk','AddPackageResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'396872F564B950E338D4802C3E297CE034C2A517DE87E8C26A25A4F7F1BCB724');
INSERT INTO "audit" VALUES(41,1795734839722,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add table w to package pk','AddPackageResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'3F30BB762FE09D3B6AC67D3BDB458A4B92E94C33D1B99D6BF8F907914EA8D56C');
INSERT INTO "audit" VALUES(42,1795734839722,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add resource a.txt to package pk','AddPackageResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'E5747384C4658AC6FBD4BE2BCF1E5649CD0EE49C8DA744FE2A0415C93BF9A173');
INSERT INTO "audit" VALUES(43,1795734839722,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add function f to package pk','AddPackageResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'BF3428820A479C8A6675E4C3F3B5DA2A13916483B0300CC65BBEA1380DB466B0');
INSERT INTO "audit" VALUES(44,1795734839722,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'allow project lab to install package pk','AllowInstallPackage:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'F3A91A248960F366C6FFC2D028D196181C511C4984A1107D4EAEA14E8007D311');
INSERT INTO "audit" VALUES(45,1795734839731,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'create package closed','CreatePackage:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'2502947AB9A56FE9508DC01EC11E19BBD0C90BDA00B9FB895F50E9B2BE88CBA0');
INSERT INTO "audit" VALUES(46,1795734839731,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add table u to package closed','AddPackageResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'DFB4334BF65F25DD4528C26DEE1106B3F00D34000586D834D9E6549A25EC42FF');
INSERT INTO "audit" VALUES(47,1795734839732,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'allow project lab to install package closed','AllowInstallPackage:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'D1830FCA7668FF38080A362FC16A28E85F184FA68BCDD726DB5F9AD64FE7E08B');
INSERT INTO "audit" VALUES(48,1795734839732,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'setproject READ_TABLE_MAX_ROW=77','SetProperty:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'9DC3D29A25152654AC45A8AA635DCC34EFF0459A2619EA2CA29A1B98A09489BA');
INSERT INTO "audit" VALUES(49,1795734839732,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add trustedproject lab','AddTrustedProject:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'BA71ADAAF1E87A883EC766DB11BD5772A62CE760FD9EE9E0F3F487305A6E2E59');
INSERT INTO "audit" VALUES(50,1795734839750,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','select id, name from t order by id limit 10','CreateInstance:projects/prod Select:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'6FB5A5BBA297B113A814F5B94C9B92C1FBA663527B64A70C09615A97CC0273E7');
INSERT INTO "audit" VALUES(51,1795734839809,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','select * from w order by id limit 10','CreateInstance:projects/prod Select:projects/prod/tables/w Select:projects/prod/tables/v Select:projects/prod/tables/t Select:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-2 VIW-1 FLW-4',X'09E1325272A8EF7E52CD44FE90493412FC364ED78740C9C00DBEB88D8DA39034');
INSERT INTO "audit" VALUES(52,1795734839873,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','select ''xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'' as c, n - n as z from (select explode(sequence(1, 2000)) as n) s','CreateInstance:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'C580A6DD659AB047591A7AB0C357EFC03B4B63A86A650E4B84CB668D2F9B27F0');
INSERT INTO "audit" VALUES(53,1795734839898,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','DT','tunnel upload ./u.csv u','Update:projects/prod/tables/u Describe:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'304D0E190316FE7633CA4FDA2DAB0336EA9794A1CF51C342E54139C7710977A0');
INSERT INTO "audit" VALUES(54,1795734839936,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','DT','tunnel download u ./u_out.csv','Select:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'B04A2BE1632D422001FBF7D3A16330D82C48E55ED17D2DA2D1F79B0FCBBDE94F');
INSERT INTO "audit" VALUES(55,1795734840039,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'set ProjectProtection=true','SetSecurityConfiguration:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'B6C59AF9CBA1AA30572924A9B0C0AAF8077F18DE2EDB20F641B0D630BE1B1BFB');
INSERT INTO "audit" VALUES(56,1795734840040,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'--@ user ALIYUN$eve@example.com','','local',NULL,'BND-1',X'266FC481D0D7DA25123EB4AA586D0F1C9F2FDAA628E4914F06D9F15295722B16');
INSERT INTO "audit" VALUES(57,1795734840040,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'use lab','','allowed',NULL,'STG-1 PRJ-1',X'FBC164F9DC25C2980CFA6CA48A09FCFBCB0BB008C79829DCA6BB9D92B9697852');
INSERT INTO "audit" VALUES(58,1795734840040,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'install package prod.pk','InstallPackage:projects/lab','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'13959A11FEDD1963A6EB1CA3D15304A9B28702E86EED51F7C46B0DF0ED92F1E1');
INSERT INTO "audit" VALUES(59,1795734840040,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'install package prod.closed','InstallPackage:projects/lab','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'E5A288E6D0979AEF7D3669BA5092CF9447C38C42BDA59DB261628B03AA649C67');
INSERT INTO "audit" VALUES(60,1795734840041,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'add user RAM$eve@example.com:ann','AddUser:projects/lab','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'CB392D067B0E88581586B94EA9A4370A4012F90DCDDF60FD6F350C7128BF9E84');
INSERT INTO "audit" VALUES(61,1795734840041,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'add user ALIYUN$Bob@example.com','AddUser:projects/lab','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'A3A999EF265E7C17194DFEA4706001868A9815E28C1E02CA0C3BC04AE2CECD6A');
INSERT INTO "audit" VALUES(62,1795734840041,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'grant Read on package prod.pk to user RAM$eve@example.com:ann','GrantPrivs:projects/lab/packages/prod.pk','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'511DE1C6661F595CC6CE7EFDAC585DBF5045037FF56107EF6124F3A4C41D4B41');
INSERT INTO "audit" VALUES(63,1795734840041,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'grant CreateInstance, CreateTable on project lab to user RAM$eve@example.com:ann','GrantPrivs:projects/lab','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'51705E4C09EAF7F7E982074847C3C183017863AB4E877C260CBF22A8C5231703');
INSERT INTO "audit" VALUES(64,1795734840042,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'grant Select on table u to user RAM$eve@example.com:ann privilegeproperties ("refobject"="true", "refproject"="prod", "package"="closed")','GrantPrivs:projects/lab/packages/prod.closed','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'C4D9EAF342E56DF4D2EAE8106797E802DE2A7DE2CD48830E18E8E5C7B2314151');
INSERT INTO "audit" VALUES(65,1795734840042,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'grant Select (id) on table t to user RAM$eve@example.com:ann privilegeproperties ("refobject"="true", "refproject"="prod", "package"="pk")','GrantPrivs:projects/lab/packages/prod.pk','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'E6445B99D6BF0456AE8B216B51650EF55D5B0B1714E05682B4C7D76F018678AF');
INSERT INTO "audit" VALUES(66,1795734840055,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab','SQL','create view mine as select 1 as one','CreateInstance:projects/lab CreateTable:projects/lab','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'10924C573864A13162337463B08EDF261F65A873B5B98469609FA911A6DC42C9');
INSERT INTO "audit" VALUES(67,1795734840055,NULL,'ALIYUN$eve@example.com','127.0.0.1','lab',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'05B642BCB6E5207A4BA7155BB3AD89DFE25CC21684632D00765BE30DC4957C61');
INSERT INTO "audit" VALUES(68,1795734840056,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'5B2AAEE3585F39B720404B11CF70AF867973FF63DB97A2D5B0CEFD8D4288CD80');
INSERT INTO "audit" VALUES(69,1795734840126,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'F9EB77C5724267E7D0AA7B94567484D506A10C66627922FD585D809787B305F5');
INSERT INTO "audit" VALUES(70,1795734840147,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'1CB3DD34AAC657601C7F0B9937D4C47EA83A5F4CABE7CA0111B0AD6536B50582');
INSERT INTO "audit" VALUES(71,1795734840423,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'1132357230BAFC886B8C30758700E19C3292557DEE38BBF5E0FA4B384C9B94B8');
INSERT INTO "audit" VALUES(72,1795734840441,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'FB7B33883C83C8DC2A32BA813060E90B8FBFA76FBC36D7936E9B0A325408F293');
INSERT INTO "audit" VALUES(73,1795734840465,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','select x.n, y.n as m from (select explode(sequence(1, 3000)) as n) x join (select explode(sequence(1, 3000)) as n) y on x.n <> y.n','CreateInstance:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'47E421CF1A8453727E59CDBE170E03E6FF9E57C5ABACA7DBC27145B93114E497');
INSERT INTO "audit" VALUES(74,1795750251237,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'1116523208A2C16CE5AA263C82621A24A16A1B1E7CE9193ECBFB47999972C73B');
INSERT INTO "audit" VALUES(75,1795750251238,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'show tables','List:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'3BF7A0E0A2F554CB41B61AC3C9AE181E064FB2724F7D1A2954229BB14B1BB7D3');
INSERT INTO "audit" VALUES(76,1795750251239,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'list roles','ListRoles:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'7A59738542E21891E951AA2C3E0FFF7050602B2F1BB60BDFF51A751383E1855B');
INSERT INTO "audit" VALUES(77,1795750251239,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'show grants for ALIYUN$eve@example.com','ListUserRoles:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'11B72813BC5BEF7B827DB4F62EB6B0376D78720BA5F4884EACF97D51A875AE4C');
INSERT INTO "audit" VALUES(78,1795750251239,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table five (id bigint)','CreateInstance:projects/prod CreateTable:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'6AEADA7264AF65541B61F485036214A37018B40B137DE940DB2A69F5C2761EEF');
INSERT INTO "audit" VALUES(79,1795750251244,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','insert into five values (5)','CreateInstance:projects/prod Update:projects/prod/tables/five','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'3554B12EFA8ADA738957B8F08D82FA40626EF8AD2B61239BD84474AF3EC4FB21');
INSERT INTO "audit" VALUES(80,1795750251250,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','select count(*) from five','CreateInstance:projects/prod Select:projects/prod/tables/five','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4 FLW-8',X'B6B156EC427B446875D6AD9757519BB3DA41303D6C0B6A9913D3C7D458C13E9D');
INSERT INTO "audit" VALUES(81,1795765726351,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'8FBED524B29348C39F2E20C4641B7D5551D1A3BD40505DD0D7CE4E04A95D91C8');
INSERT INTO "audit" VALUES(82,1795765726352,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'A9CBF11CE58A6D3375AB115CBA535A0D6C69634308F5F7B054A6B1CD02F46BAE');
INSERT INTO "audit" VALUES(83,1795765726352,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'list roles','ListRoles:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'D29903888A6FD0CB2D8C0AE3BCC642DFDC8209EFF89EFA5A37CEA9ED94212039');
INSERT INTO "audit" VALUES(84,1795765726353,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'show packages','ShowPackages:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'084AA41B157AF30D7E6104A459A5F8B1DB5D130EB813D3CEB4F22EDD8C6CB213');
INSERT INTO "audit" VALUES(85,1795765726354,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'put policy deny.json on role reader','PutPolicy:projects/prod','allowed',NULL,'STG-1 PRJ-1 POL-10 POL-11',X'6E86B19398EBA5482FA71201BAECDF8CD3C539E614567FDC57968BCA27E1FC18');
INSERT INTO "audit" VALUES(86,1795765726354,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table six (a bigint)','CreateInstance:projects/prod CreateTable:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'F6FDEA03B16A08D718B273DE5F5251AB0568A6552A047088098659BD9DE61335');
INSERT INTO "audit" VALUES(87,1795765726355,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'set LabelSecurity=true','SetSecurityConfiguration:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'256CFE333D82413EE735C35371BC46E27B1C662A679D391449DBA60A3DB94FA4');
INSERT INTO "audit" VALUES(88,1795765726355,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'set LabelSecurity=false','SetSecurityConfiguration:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'E2973C6CC737AA47D27954E0571B1001E0DC0F8FF2DF12BA5D2CAE15817B6DD4');
INSERT INTO "audit" VALUES(89,1795779993178,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'881AFF81DADDE5E8F407AB18E2244ECA8511C8704BE241B5BD9BF330B32A223E');
INSERT INTO "audit" VALUES(90,1795779993183,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'15BF701186BF74B83F01EDBA122B5618CEC4F5E4A5DC27600EB3ED874634C7B6');
INSERT INTO "audit" VALUES(91,1795779993184,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant select on table u to user ALIYUN$eve@example.com privilegeproperties ("conditions"="acs:SourceIp in (''10.0.0.0/8'')", "expires"="30")','GrantPrivs:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'27F50C00C63577F223A5E4A21123D7831304A4B4C3051292C2D636453C23902B');
INSERT INTO "audit" VALUES(92,1795779993184,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'show acl for u','ShowAclGrants:projects/prod/tables/u','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'1A1C744A7F1AE975883BB441795121DF4B5DA0F8599B7E3E18F14775917587F0');
INSERT INTO "audit" VALUES(93,1795781819132,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'005E33BF8127AB295E389961D16388F67FC404D5E3F9D7A1D0B5B455D7F2EEE1');
INSERT INTO "audit" VALUES(94,1795781819132,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'93B4DE741A4F5C261746895DF8E9D8151DA8CDECD3CDBD2F4130D38524E0295C');
INSERT INTO "audit" VALUES(95,1795781819133,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table nine (id bigint, name string)','CreateInstance:projects/prod CreateTable:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'E5BCEE13AFEF271C58137C51A80D6C1C9237A535C874F20C026B7B9FA251827C');
INSERT INTO "audit" VALUES(96,1795781819134,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Describe on table nine to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/tables/nine','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'89EDDE6368006D39DB833AD7B78C205BCA46F802AD46A9D9366DDCFCE36FDDC4');
INSERT INTO "audit" VALUES(97,1795788228879,NULL,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'79887BA1C409C729AEC59B8473A551C0B82C61B4580CF17E714F3E4ED05A352A');
INSERT INTO "audit" VALUES(98,1795788228880,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'6F3C84297998F4F17037FEC2C4C4A596E4E2BE179D8C1E5E5DD0ACE360683F43');
INSERT INTO "audit" VALUES(99,1795788228881,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'set odps.namespace.schema=true','','allowed',NULL,'STG-1',X'DB65A8487695027B12F1E3FA740B17611F27CEB3C456D94DD6352180700F662B');
INSERT INTO "audit" VALUES(100,1795788228881,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create schema ten','CreateInstance:projects/prod CreateSchema:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'4B8B301D475C55F83850B7C664EE215793DFA2FC4AF6DAD9574603935B6848F4');
INSERT INTO "audit" VALUES(101,1795788228882,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create table ten.t (id bigint)','CreateInstance:projects/prod CreateTable:projects/prod/schemas/ten','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'C6A73818AE6B358329998E9B535489CA54B64FB601316F0186AEBDE5753CEDB7');
INSERT INTO "audit" VALUES(102,1795788228888,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant Select on table ten.t to user ALIYUN$eve@example.com','GrantPrivs:projects/prod/schemas/ten/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-8',X'F80E2AB673B9EE8CA0575F225852DD3EBC3D5C3229C716E61606A59785475E2E');
INSERT INTO "audit" VALUES(103,1795788228895,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add table ten.t to package pk','AddPackageResource:projects/prod','allowed',NULL,'STG-1 PRJ-1 PKG-1',X'3369A16F862B2278834A2936151BDD3C123D1CE7C1ADD7C3EA8155F4FB7C60B4');
INSERT INTO "audit" VALUES(104,1795788228933,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','create view ten.v as select id from ten.t','CreateInstance:projects/prod CreateTable:projects/prod/schemas/ten Select:projects/prod/schemas/ten/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'95EAF7442412A41FB672E2B30AB4BCBD254923998E82E5902F40EE61027D5609');
INSERT INTO "audit" VALUES(105,1795788228935,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'show schemas','List:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'50C49C14EEE6FA972D001D8F2A2B5687B331C25D8A10F555CE727FB975315FE0');
INSERT INTO "audit" VALUES(106,1795801192806,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'7CE0DEB2E2F834FBA291B67491A05E640B4F7C5AE3D28BBF0CE9335B3014F05D');
INSERT INTO "audit" VALUES(107,1795801192809,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'.account create RAM$Bob@example.com:tess','','local',NULL,'BND-1',X'2D771D1815A2C0AF1717734C62DB932C652F803CA3E41A1DDB25DA83C82D74A6');
INSERT INTO "audit" VALUES(108,1795801192817,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'create tenant role keeper','','allowed',NULL,'STG-1 PRJ-1 TNT-2',X'14360988A410BC5846E0BDBD41396F79AEDB836F7DBCBE2851276845DCB74161');
INSERT INTO "audit" VALUES(109,1795801192821,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add tenant user RAM$Bob@example.com:tess','','allowed',NULL,'STG-1 PRJ-1 TNT-2',X'004B52C5D688B8241C8043341584F2409CF44499B5148C55B85ED512413049C8');
INSERT INTO "audit" VALUES(110,1795801192825,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'grant tenant role keeper to RAM$Bob@example.com:tess','','allowed',NULL,'STG-1 PRJ-1 TNT-2',X'16D028565D00D6A75D1B82AF5861CBAD72B5F19DA1856F27A9E6B27B7670CD2D');
INSERT INTO "audit" VALUES(111,1795801192892,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'put policy ./tenant_reads_everywhere.txt on tenant role keeper','','allowed',NULL,'STG-1 PRJ-1 TNT-2 POL-11',X'828DE2F0694FA70D7FCF679C209C227A76B7B7251B1538B6A307CE3BD1CB6DAA');
INSERT INTO "audit" VALUES(112,1795801192902,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add user RAM$Bob@example.com:tess','AddUser:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2 TNT-4',X'21BA3A2D2700CBD3DB49593734F6ECF5E8D2E67A924E1B6F40131967F224C6C6');
INSERT INTO "audit" VALUES(113,1795801192908,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'add tenant role keeper to project prod','','allowed',NULL,'STG-1 PRJ-1 TNT-2 TNT-5',X'A4F433799AD3BDC2094D55F0337EF3971DD870B557E7599D0E34E2E2C59E93A9');
INSERT INTO "audit" VALUES(114,1795801192917,NULL,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'.tenant schemas ALIYUN$Bob@example.com on','','local',NULL,'BND-1',X'4E2138F9BDB112D1D035D38DC607438E6083DEE599636F2B49B8130066DFB18F');
INSERT INTO "audit" VALUES(115,1795810861707,1795810861707,'ALIYUN$root','127.0.0.1','sandbox',NULL,'whoami','','allowed',NULL,'STG-1',X'E74EEE679034EBAC2B362FF0D1CDAAD458C24379426E4D776BDEDD340D64EDF7');
INSERT INTO "audit" VALUES(116,1795810861851,1795810861852,'ALIYUN$root','127.0.0.1','sandbox',NULL,'help quota','','allowed',NULL,'STG-1',X'189646E577401C15044EBB9222D9D109426FB3739C4780343690B3B4B81E5D1A');
INSERT INTO "audit" VALUES(117,1795810871958,1795810871958,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'5B8132B09E4362154FA7DB89308C66D52989E80F76C1E37BAA1221959F338C05');
INSERT INTO "audit" VALUES(118,1795810871969,1795810871969,'ALIYUN$Bob@example.com','127.0.0.1',NULL,NULL,'--@ quota create big','','allowed',NULL,'STG-1 TRS-5',X'7B024EA138B5B2F18A748C3B93E5CBBEFB691D19BDE686C51FD061348422A813');
INSERT INTO "audit" VALUES(119,1795810871970,1795810871970,'ALIYUN$Bob@example.com','127.0.0.1',NULL,NULL,'--@ networklink create vpc1','','allowed',NULL,'STG-1 TRS-5',X'E919CF7153BD424A44AF55A19BC04FE4D3E5DB603F9D6AAFE7C7811769708B8E');
INSERT INTO "audit" VALUES(120,1795810871970,1795810871970,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'7DC8C5355A3FB7D55FEA8008C3328120846669C112B73AA9C81172C37210E2A9');
INSERT INTO "audit" VALUES(121,1795810871971,1795810871971,'ALIYUN$Bob@example.com','127.0.0.1',NULL,NULL,'--@ quota mount big to prod','','allowed',NULL,'STG-1 TRS-1 TNT-5',X'74A88516BFC1AED908192725CA1A677FA30AE910774C68543715F94FB37F72B9');
INSERT INTO "audit" VALUES(122,1795810872011,1795810872011,'ALIYUN$root','127.0.0.1','sandbox',NULL,'.user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'69C1BF5D8F9287F65C1EAEE52F83BEBFB5E75C1B5AA3AFB3B0583FCE3E1FE4F8');
INSERT INTO "audit" VALUES(123,1795810872021,1795810872021,'ALIYUN$Bob@example.com','127.0.0.1','sandbox',NULL,'.account create RAM$eve@example.com:role/etl','','local',NULL,'BND-1',X'F6FCEC7C49FCDA4A918696C269154026A243E9029BE0A710356BEB633E2BCC55');
INSERT INTO "audit" VALUES(124,1795822781407,1795822781407,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'7481B8CDBB330E9E5DD170B1D18B9375CAB7D1440535CA34CE5D6D4F536748F4');
INSERT INTO "audit" VALUES(125,1795822781409,1795822781409,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'9858848AC9B1C61754AF00C196DBB90A520917D0E0BC31D99F7B0B084AE2517F');
INSERT INTO "audit" VALUES(126,1795822781409,1795822781410,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'show tables','List:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'8290E766989C77DC5481DD8F60024171F13D60EDA379B191F47D4B784966FFB6');
INSERT INTO "audit" VALUES(127,1795822781419,1795822781419,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','select * from t','CreateInstance:projects/prod Select:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4 FLW-8',X'3ECC891C792AC435633AD71BD8E5B1212FE3547FB1FFD8EF48DF32F0E4FC8101');
INSERT INTO "audit" VALUES(128,1795822781432,1795822781433,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'.account key create RAM$Bob@example.com:tess','','local',NULL,'BND-1',X'935E5843179566148DE67AE388E2E7C2D78017DF36A1423D6CDF8275D578444B');
INSERT INTO "audit" VALUES(129,1795822781496,1795822781496,'ALIYUN$root','127.0.0.1',NULL,NULL,'odpsh check','','local',NULL,'BND-1',X'CD514E00BDC835383373E47E5CB7696D057DEC4BEE87C066DD7D32F8BCB6D0DF');
INSERT INTO "audit" VALUES(130,1795838943531,1795838943532,'ALIYUN$root','127.0.0.1','sandbox',NULL,'whoami','','allowed',NULL,'STG-1',X'11B5DBAB7FF1EE727C98E2D659D38F02FFD2FF2DABC8E95B8E6B88AFF413BBE6');
INSERT INTO "audit" VALUES(131,1795855277019,1795855277030,'ALIYUN$root','127.0.0.1','sandbox',NULL,'--@ user ALIYUN$Bob@example.com','','local',NULL,'BND-1',X'70B6945525CABDCE29F39A86765194B1D12B5FA03F560A969BC57419F3E16602');
INSERT INTO "audit" VALUES(132,1795855277049,1795855277049,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'use prod','','allowed',NULL,'STG-1 PRJ-1',X'31D21B3A25FE5D447241371594B7E872A3936E2D73DA82E589B061D595D7E82D');
INSERT INTO "audit" VALUES(133,1795855277057,1795855277058,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'setproject odps.timemachine.retention.days=7','SetProperty:projects/prod','allowed',NULL,'STG-1 PRJ-1 SWI-2',X'F59CD3215062FC4C84DD34AB8C4949B01BB1B74A436C66D6FE12F86317359EDB');
INSERT INTO "audit" VALUES(134,1795855277066,1795855277068,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'show history for table t','ShowHistory:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2 FLW-4',X'658BD6179180F540EC0701BAD5D83B3FAB448F66E50E718AE700D9A4463134B9');
INSERT INTO "audit" VALUES(135,1795855277080,1795855277103,'ALIYUN$Bob@example.com','127.0.0.1','prod','SQL','drop table t','CreateInstance:projects/prod Drop:projects/prod/tables/t','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'8822654ECD569B5DBB49E1357CFD54B535EB5015FC16293C734C4D918F547E85');
INSERT INTO "audit" VALUES(136,1795855277110,1795855277111,'ALIYUN$Bob@example.com','127.0.0.1','prod',NULL,'show history for tables','List:projects/prod','allowed',NULL,'STG-1 PRJ-1 ACC-2',X'0B77BE1B6ECFF4C5B97BE0147B889DAE42232AB6763D430F03210CAE917A9662');
CREATE TABLE audit_block (
  last  integer primary key,
  since integer not null,
  until integer not null,
  terms blob not null
);
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
INSERT INTO "column_object" VALUES(25,0,5,'a','bigint','',1,NULL,0,0);
INSERT INTO "column_object" VALUES(25,1,6,'b','string','',1,NULL,0,0);
INSERT INTO "column_object" VALUES(33,0,7,'id','bigint','',1,NULL,0,0);
INSERT INTO "column_object" VALUES(33,1,8,'name','string','',1,NULL,0,0);
INSERT INTO "column_object" VALUES(41,0,9,'id','bigint','',1,NULL,0,0);
INSERT INTO "column_object" VALUES(41,1,10,'b','string','',1,NULL,0,0);
INSERT INTO "column_object" VALUES(49,0,11,'one','bigint','',1,NULL,0,0);
INSERT INTO "column_object" VALUES(120,0,12,'id','bigint','',1,NULL,0,0);
INSERT INTO "column_object" VALUES(124,0,13,'a','bigint','',1,NULL,0,0);
INSERT INTO "column_object" VALUES(126,0,14,'id','bigint','',1,NULL,0,0);
INSERT INTO "column_object" VALUES(126,1,15,'name','string','',1,NULL,0,0);
INSERT INTO "column_object" VALUES(130,0,16,'id','bigint','',1,NULL,0,0);
INSERT INTO "column_object" VALUES(132,0,17,'id','bigint','',1,NULL,0,0);
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
  died         integer not null default 0,
  -- The version of the table that it came with.
  since        integer not null default 0,
  -- Whether an earlier version has it: then it is not dead, even without a table.
  kept         integer not null default 0
) without rowid;
INSERT INTO "data_file" VALUES('job1-0.parquet',NULL,NULL,3,NULL,773,1755736241,1,1,0,1);
INSERT INTO "data_file" VALUES('job2-0.parquet',25,NULL,2,NULL,748,305364321,2,0,0,0);
INSERT INTO "data_file" VALUES('job3-0.parquet',25,NULL,2,NULL,748,1984774346,3,0,0,0);
INSERT INTO "data_file" VALUES('job8-0.parquet',120,NULL,1,NULL,488,4256059806,4,0,0,0);
CREATE TABLE dropped_column (
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
  primary key (table_id, position)
) without rowid;
INSERT INTO "dropped_column" VALUES(17,0,2,'id','bigint','number',1,NULL,0,0);
INSERT INTO "dropped_column" VALUES(17,1,3,'name','string','',1,NULL,0,0);
INSERT INTO "dropped_column" VALUES(17,2,4,'ds','string','',1,NULL,1,0);
CREATE TABLE dropped_label (
  table_id  integer not null references dropped_table(id) on delete cascade,
  column_id integer not null,
  level     integer not null,
  primary key (table_id, column_id)
) without rowid;
INSERT INTO "dropped_label" VALUES(17,0,1);
INSERT INTO "dropped_label" VALUES(17,2,3);
CREATE TABLE dropped_partition (
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
INSERT INTO "dropped_partition" VALUES(1,17,2,'ds=1',1795734839531,1795734839617,0,2,1795855277081);
CREATE TABLE dropped_table (
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
INSERT INTO "dropped_table" VALUES(17,2,'default','t',2,1795734839531,'',NULL,0,1795734839531,1795734839617,'6fd3401b755e88c81875fd21bf4751e0',2,1795855277081);
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
CREATE TABLE external_property (
  table_id integer not null references external_table(id) on delete cascade,
  kind     text not null check (kind in ('serde', 'table')),
  key      text not null,
  value    text not null,
  primary key (table_id, kind, key)
) without rowid;
CREATE TABLE external_schema (
  id       integer primary key references schema_object(id) on delete cascade,
  server   text not null,
  location text not null
);
CREATE TABLE external_table (
  id       integer primary key references table_object(id) on delete cascade,
  format   text not null,
  location text not null
);
CREATE TABLE function_object (
  id       integer primary key references object(id) on delete cascade,
  -- Who said what it is made of now: its rights count for the resources when the function is called.
  maker    integer references account(id) on delete set null,
  -- Empty for a function in SQL.
  class    text not null,
  -- Of a function in SQL: its definition, from the parameters on. What its names stand for is bound like those of a view.
  body     text,
  modified integer not null
);
INSERT INTO "function_object" VALUES(11,2,'a.B',NULL,1795734839720);
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
INSERT INTO "function_resource" VALUES(11,0,'prod','default','c.jar',26);
INSERT INTO "function_resource" VALUES(11,1,'prod','default','tu',-25);
CREATE TABLE installation (
  id        integer primary key references object(id) on delete cascade,
  project   integer not null references project(id) on delete cascade,
  source    integer not null references project(id) on delete cascade,
  package   integer references package(id) on delete set null,
  name      text not null,
  installed integer not null,
  unique (project, source, name)
);
INSERT INTO "installation" VALUES(13,3,2,1,'pk',1795734840040);
INSERT INTO "installation" VALUES(21,3,2,2,'closed',1795734840040);
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
INSERT INTO "instance_access" VALUES(68,0,'Select',2,'prod','table',17,'default','t',0,0,NULL);
INSERT INTO "instance_access" VALUES(76,0,'Select',2,'prod','table',33,'default','v',0,0,NULL);
INSERT INTO "instance_access" VALUES(76,1,'Select',2,'prod','table',17,'default','t',0,0,33);
INSERT INTO "instance_access" VALUES(76,2,'Select',2,'prod','table',25,'default','u',0,0,NULL);
INSERT INTO "instance_access" VALUES(84,0,'Select',2,'prod','table',17,'default','t',0,0,NULL);
INSERT INTO "instance_access" VALUES(92,0,'Select',2,'prod','table',41,'default','w',0,0,NULL);
INSERT INTO "instance_access" VALUES(92,1,'Select',2,'prod','table',33,'default','v',0,0,41);
INSERT INTO "instance_access" VALUES(92,2,'Select',2,'prod','table',17,'default','t',0,0,33);
INSERT INTO "instance_access" VALUES(92,3,'Select',2,'prod','table',25,'default','u',0,0,41);
INSERT INTO "instance_access" VALUES(123,0,'Select',2,'prod','table',120,'default','five',0,0,NULL);
INSERT INTO "instance_access" VALUES(133,0,'Select',2,'prod','table',130,'ten','t',0,0,NULL);
INSERT INTO "instance_access" VALUES(137,0,'Select',2,'prod','table',17,'default','t',0,0,NULL);
CREATE TABLE instance_access_column (
  instance  integer not null,
  position  integer not null,
  column_id integer not null,
  primary key (instance, position, column_id),
  foreign key (instance, position) references instance_access(instance, position) on delete cascade
) without rowid;
INSERT INTO "instance_access_column" VALUES(68,0,2);
INSERT INTO "instance_access_column" VALUES(68,0,3);
INSERT INTO "instance_access_column" VALUES(76,0,7);
INSERT INTO "instance_access_column" VALUES(76,1,2);
INSERT INTO "instance_access_column" VALUES(76,1,3);
INSERT INTO "instance_access_column" VALUES(76,2,5);
INSERT INTO "instance_access_column" VALUES(76,2,6);
INSERT INTO "instance_access_column" VALUES(84,0,2);
INSERT INTO "instance_access_column" VALUES(84,0,3);
INSERT INTO "instance_access_column" VALUES(92,0,9);
INSERT INTO "instance_access_column" VALUES(92,0,10);
INSERT INTO "instance_access_column" VALUES(92,1,7);
INSERT INTO "instance_access_column" VALUES(92,2,2);
INSERT INTO "instance_access_column" VALUES(92,2,3);
INSERT INTO "instance_access_column" VALUES(92,3,5);
INSERT INTO "instance_access_column" VALUES(92,3,6);
INSERT INTO "instance_access_column" VALUES(133,0,16);
INSERT INTO "instance_access_column" VALUES(137,0,2);
INSERT INTO "instance_access_column" VALUES(137,0,3);
INSERT INTO "instance_access_column" VALUES(137,0,4);
CREATE TABLE instance_column (
  instance  integer not null references instance_result(instance) on delete cascade,
  position  integer not null,
  name      text not null,
  data_type text not null,
  primary key (instance, position)
) without rowid;
INSERT INTO "instance_column" VALUES(84,0,'id','bigint');
INSERT INTO "instance_column" VALUES(84,1,'name','string');
INSERT INTO "instance_column" VALUES(92,0,'id','bigint');
INSERT INTO "instance_column" VALUES(92,1,'b','string');
INSERT INTO "instance_column" VALUES(100,0,'c','string');
INSERT INTO "instance_column" VALUES(100,1,'z','bigint');
INSERT INTO "instance_column" VALUES(137,0,'id','bigint');
INSERT INTO "instance_column" VALUES(137,1,'name','string');
INSERT INTO "instance_column" VALUES(137,2,'ds','string');
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
INSERT INTO "instance_object" VALUES(12,'SQL','create table gone (a bigint)','Success',1795734839529,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(20,'SQL','create table t (id bigint comment ''number'', name string) partitioned by (ds string)','Success',1795734839531,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(28,'SQL','alter table t add partition (ds=''1'')','Success',1795734839531,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(36,'SQL','insert into t partition (ds=''1'') values (1, ''one''), (2, ''two''), (3, ''three'')','Success',1795734839618,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(44,'SQL','create table u (a bigint, b string)','Success',1795734839619,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(52,'SQL','insert into u values (2, ''b2''), (3, ''b3'')','Success',1795734839638,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(60,'SQL','drop table gone','Success',1795734839641,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(68,'SQL','create view v as select id, name from t where id > 1','Success',1795734839646,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(76,'SQL','create view w as select v.id as id, u.b as b from v join u on v.id = u.a','Success',1795734839690,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(84,'SQL','select id, name from t order by id limit 10','Success',1795734839792,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(92,'SQL','select * from w order by id limit 10','Success',1795734839860,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(100,'SQL','select ''xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'' as c, n - n as z from (select explode(sequence(1, 2000)) as n) s','Success',1795734839894,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(108,'SQL','create view mine as select 1 as one','Success',1795734840055,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(116,'SQL','select x.n, y.n as m from (select explode(sequence(1, 3000)) as n) x join (select explode(sequence(1, 3000)) as n) y on x.n <> y.n','Failed',1795734840466,'ODPS-0010000','the shell that ran it ended','reader','',0,0);
INSERT INTO "instance_object" VALUES(121,'SQL','create table five (id bigint)','Success',1795750251239,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(122,'SQL','insert into five values (5)','Success',1795750251248,NULL,NULL,NULL,'a2c20c3ba8c6895f',0,0);
INSERT INTO "instance_object" VALUES(123,'SQL','select count(*) from five','Success',1795750251252,NULL,NULL,'time','b4ee38db58341005',0,0);
INSERT INTO "instance_object" VALUES(125,'SQL','create table six (a bigint)','Success',1795765726354,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(127,'SQL','create table nine (id bigint, name string)','Success',1795781819133,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(129,'SQL','create schema ten','Success',1795788228881,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(131,'SQL','create table ten.t (id bigint)','Success',1795788228882,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(133,'SQL','create view ten.v as select id from ten.t','Success',1795788228934,NULL,NULL,NULL,'',0,0);
INSERT INTO "instance_object" VALUES(137,'SQL','select * from t','Success',1795822781431,NULL,NULL,NULL,'0f59f59fac516b45',0,0);
INSERT INTO "instance_object" VALUES(138,'SQL','drop table t','Success',1795855277081,NULL,NULL,NULL,'',0,0);
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
INSERT INTO "instance_result" VALUES(84,1,3,9999999999999,X'FFFFFFFFB80000001000000000000A000C000A00090004000A000000100000000001040008000800000004000800000004000000020000004000000004000000D8FFFFFF180000000C000000000001051000000000000000040004000400000002000000633100001000140010000E000F00040000000800100000001800000020000000000001021C00000008000C0004000B000800000040000000000000010000000002000000633000000000000000000000000000000000000000000000FFFFFFFFF8000000100000000C001A0018001700040008000C00000020000000C000000000000000000000000000000304000A0018000C00080004000A0000003C0000001000000003000000000000000000000002000000030000000000000000000000000000000300000000000000000000000000000000000000050000000000000000000000000000000000000000000000000000001800000000000000400000000000000000000000000000004000000000000000100000000000000080000000000000000B00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010000000000000002000000000000000300000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000003000000060000000B0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000006F6E6574776F74687265650000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000FFFFFFFF00000000',NULL,0,0,NULL,NULL);
INSERT INTO "instance_result" VALUES(92,1,2,9999999999999,X'FFFFFFFFB80000001000000000000A000C000A00090004000A000000100000000001040008000800000004000800000004000000020000004000000004000000D8FFFFFF180000000C000000000001051000000000000000040004000400000002000000633100001000140010000E000F00040000000800100000001800000020000000000001021C00000008000C0004000B000800000040000000000000010000000002000000633000000000000000000000000000000000000000000000FFFFFFFFF8000000100000000C001A0018001700040008000C00000020000000C000000000000000000000000000000304000A0018000C00080004000A0000003C00000010000000020000000000000000000000020000000200000000000000000000000000000002000000000000000000000000000000000000000500000000000000000000000000000000000000000000000000000010000000000000004000000000000000000000000000000040000000000000000C0000000000000080000000000000000400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000020000000000000003000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000002000000040000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000062326233000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000FFFFFFFF00000000',NULL,0,0,NULL,NULL);
INSERT INTO "instance_result" VALUES(100,0,2000,9999999999999,NULL,'result12-0.parquet',986,2750608882,NULL,NULL);
INSERT INTO "instance_result" VALUES(137,0,3,1795909181431,X'FFFFFFFFF80000001000000000000A000C000A00090004000A00000010000000000104000800080000000400080000000400000003000000680000002C00000004000000B4FFFFFF140000000C000000000001050C00000000000000DCFFFFFF0200000063320000D8FFFFFF180000000C000000000001051000000000000000040004000400000002000000633100001000140010000E000F00040000000800100000001800000020000000000001021C00000008000C0004000B000800000040000000000000010000000002000000633000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000FFFFFFFF38010000100000000C001A0018001700040008000C000000200000004001000000000000000000000000000304000A0018000C00080004000A0000004C000000100000000300000000000000000000000300000003000000000000000000000000000000030000000000000000000000000000000300000000000000000000000000000000000000080000000000000000000000000000000000000000000000000000001800000000000000400000000000000000000000000000004000000000000000100000000000000080000000000000000B00000000000000C0000000000000000000000000000000C000000000000000100000000000000000010000000000000300000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000010000000000000002000000000000000300000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000003000000060000000B0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000006F6E6574776F746872656500000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001000000020000000300000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000031313100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000FFFFFFFF00000000',NULL,0,0,NULL,NULL);
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
INSERT INTO "instance_source" VALUES(28,0,0,2,'prod','table',17,'default','t');
INSERT INTO "instance_source" VALUES(68,0,0,2,'prod','table',17,'default','t');
INSERT INTO "instance_source" VALUES(76,0,0,2,'prod','table',17,'default','t');
INSERT INTO "instance_source" VALUES(76,0,1,2,'prod','table',33,'default','v');
INSERT INTO "instance_source" VALUES(76,1,0,2,'prod','table',25,'default','u');
INSERT INTO "instance_source" VALUES(84,0,0,2,'prod','table',17,'default','t');
INSERT INTO "instance_source" VALUES(92,0,0,2,'prod','table',17,'default','t');
INSERT INTO "instance_source" VALUES(92,0,1,2,'prod','table',41,'default','w');
INSERT INTO "instance_source" VALUES(92,0,2,2,'prod','table',33,'default','v');
INSERT INTO "instance_source" VALUES(92,1,0,2,'prod','table',25,'default','u');
INSERT INTO "instance_source" VALUES(92,1,1,2,'prod','table',41,'default','w');
INSERT INTO "instance_source" VALUES(123,0,0,2,'prod','table',120,'default','five');
INSERT INTO "instance_source" VALUES(133,0,0,2,'prod','table',130,'ten','t');
INSERT INTO "instance_source" VALUES(137,0,0,2,'prod','table',17,'default','t');
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
CREATE TABLE member (
  project integer not null references project(id) on delete cascade,
  account integer not null references account(id) on delete cascade,
  comment text not null default '',
  added   integer not null,
  primary key (project, account)
) without rowid;
INSERT INTO "member" VALUES(2,3,'',1795734839691);
INSERT INTO "member" VALUES(2,4,'',1795734839692);
INSERT INTO "member" VALUES(2,6,'',1795801192902);
INSERT INTO "member" VALUES(3,2,'',1795734840041);
INSERT INTO "member" VALUES(3,4,'',1795734840041);
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
INSERT INTO "object" VALUES(8,1,'default','project','sandbox',NULL,1795734839479);
INSERT INTO "object" VALUES(10,2,'default','resource','a.txt',2,1795734839702);
INSERT INTO "object" VALUES(11,2,'default','function','f',2,1795734839720);
INSERT INTO "object" VALUES(12,2,'default','instance','20261126231359529gpmrsig39',2,1795734839529);
INSERT INTO "object" VALUES(13,3,'default','package','prod.pk',NULL,1795734840040);
INSERT INTO "object" VALUES(14,1,'default','schema','default',NULL,1795734839479);
INSERT INTO "object" VALUES(16,2,'default','project','prod',NULL,1795734839523);
INSERT INTO "object" VALUES(18,2,'default','resource','b.py',2,1795734839708);
INSERT INTO "object" VALUES(20,2,'default','instance','20261126231359531grt8f3j91',2,1795734839531);
INSERT INTO "object" VALUES(21,3,'default','package','prod.closed',NULL,1795734840040);
INSERT INTO "object" VALUES(22,2,'default','schema','default',NULL,1795734839523);
INSERT INTO "object" VALUES(24,3,'default','project','lab',NULL,1795734839523);
INSERT INTO "object" VALUES(25,2,'default','table','u',2,1795734839619);
INSERT INTO "object" VALUES(26,2,'default','resource','c.jar',2,1795734839709);
INSERT INTO "object" VALUES(28,2,'default','instance','20261126231359531gjr583c1q',2,1795734839531);
INSERT INTO "object" VALUES(30,3,'default','schema','default',NULL,1795734839523);
INSERT INTO "object" VALUES(33,2,'default','view','v',2,1795734839646);
INSERT INTO "object" VALUES(34,2,'default','resource','d.zip',2,1795734839710);
INSERT INTO "object" VALUES(36,2,'default','instance','20261126231359555g54zhg102',2,1795734839555);
INSERT INTO "object" VALUES(41,2,'default','view','w',2,1795734839690);
INSERT INTO "object" VALUES(42,2,'default','resource','tu',2,1795734839719);
INSERT INTO "object" VALUES(44,2,'default','instance','20261126231359619gaq6ib2l5',2,1795734839619);
INSERT INTO "object" VALUES(49,3,'default','view','mine',3,1795734840055);
INSERT INTO "object" VALUES(50,2,'default','resource','tp',2,1795734839720);
INSERT INTO "object" VALUES(52,2,'default','instance','20261126231359622giw1hdeuq',2,1795734839622);
INSERT INTO "object" VALUES(60,2,'default','instance','20261126231359641g4xq1rewp',2,1795734839641);
INSERT INTO "object" VALUES(68,2,'default','instance','20261126231359646gt5mbxs9m',2,1795734839646);
INSERT INTO "object" VALUES(76,2,'default','instance','20261126231359690gdg5x9dnf',2,1795734839690);
INSERT INTO "object" VALUES(84,2,'default','instance','20261126231359750g34lproy4',2,1795734839750);
INSERT INTO "object" VALUES(92,2,'default','instance','20261126231359809gs5dcojaa',2,1795734839809);
INSERT INTO "object" VALUES(100,2,'default','instance','20261126231359873g0vkgnk08',2,1795734839873);
INSERT INTO "object" VALUES(108,3,'default','instance','20261126231400055gh8bi6oob',3,1795734840055);
INSERT INTO "object" VALUES(116,2,'default','instance','20261126231400466gpbv8yzqs',2,1795734840466);
INSERT INTO "object" VALUES(120,2,'default','table','five',2,1795750251239);
INSERT INTO "object" VALUES(121,2,'default','instance','20261127033051239gz2n9h8xj',2,1795750251239);
INSERT INTO "object" VALUES(122,2,'default','instance','20261127033051244gy20ieczr',2,1795750251244);
INSERT INTO "object" VALUES(123,2,'default','instance','20261127033051250gm8ur9gps',2,1795750251250);
INSERT INTO "object" VALUES(124,2,'default','table','six',2,1795765726354);
INSERT INTO "object" VALUES(125,2,'default','instance','20261127074846354g9hhwjkb1',2,1795765726354);
INSERT INTO "object" VALUES(126,2,'default','table','nine',2,1795781819133);
INSERT INTO "object" VALUES(127,2,'default','instance','20261127121659133g4x2z793x',2,1795781819133);
INSERT INTO "object" VALUES(128,2,'default','schema','ten',2,1795788228881);
INSERT INTO "object" VALUES(129,2,'default','instance','20261127140348881gzgr0033f',2,1795788228881);
INSERT INTO "object" VALUES(130,2,'ten','table','t',2,1795788228882);
INSERT INTO "object" VALUES(131,2,'default','instance','20261127140348882go10kmgkt',2,1795788228882);
INSERT INTO "object" VALUES(132,2,'ten','view','v',2,1795788228934);
INSERT INTO "object" VALUES(133,2,'default','instance','20261127140348934guhzgdydd',2,1795788228934);
INSERT INTO "object" VALUES(134,1,'default','package','information_schema.systables',NULL,1795734839479);
INSERT INTO "object" VALUES(135,2,'default','package','information_schema.systables',NULL,1795734839523);
INSERT INTO "object" VALUES(136,3,'default','package','information_schema.systables',NULL,1795734839523);
INSERT INTO "object" VALUES(137,2,'default','instance','20261127233941419g154q67s5',2,1795822781419);
INSERT INTO "object" VALUES(138,2,'default','instance','20261128084117081gt6vgd052',2,1795855277081);
CREATE TABLE package (
  id      integer primary key autoincrement,
  project integer not null references project(id) on delete cascade,
  name    text not null,
  created integer not null,
  unique (project, name)
);
INSERT INTO "package" VALUES(1,2,'pk',1795734839721);
INSERT INTO "package" VALUES(2,2,'closed',1795734839731);
CREATE TABLE package_allowed (
  package integer not null references package(id) on delete cascade,
  project integer not null references project(id) on delete cascade,
  label   integer not null check (label between 0 and 9),
  allowed integer not null,
  primary key (package, project)
) without rowid;
INSERT INTO "package_allowed" VALUES(1,3,0,1795734839722);
INSERT INTO "package_allowed" VALUES(2,3,0,1795734839732);
CREATE TABLE package_object (
  id      integer primary key autoincrement,
  package integer not null references package(id) on delete cascade,
  object  integer not null references object(id) on delete cascade,
  unique (package, object)
);
INSERT INTO "package_object" VALUES(2,1,41);
INSERT INTO "package_object" VALUES(3,1,10);
INSERT INTO "package_object" VALUES(4,1,11);
INSERT INTO "package_object" VALUES(5,2,25);
INSERT INTO "package_object" VALUES(6,1,130);
CREATE TABLE package_privilege (
  package_object integer not null references package_object(id) on delete cascade,
  action         text not null,
  primary key (package_object, action)
) without rowid;
INSERT INTO "package_privilege" VALUES(2,'Describe');
INSERT INTO "package_privilege" VALUES(2,'Select');
INSERT INTO "package_privilege" VALUES(3,'Read');
INSERT INTO "package_privilege" VALUES(4,'Read');
INSERT INTO "package_privilege" VALUES(5,'Describe');
INSERT INTO "package_privilege" VALUES(5,'Select');
INSERT INTO "package_privilege" VALUES(6,'Describe');
INSERT INTO "package_privilege" VALUES(6,'Select');
CREATE TABLE partition_object (
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
CREATE TABLE policy (
  project  integer not null references project(id) on delete cascade,
  role     text not null default '',
  kind     text not null default 'resource' check (kind in ('resource', 'admin')),
  document text not null,
  -- Which document it is: compiled policies are known by it. Never used again, not even after a rollback.
  stamp    text not null default (lower(hex(randomblob(16)))),
  primary key (project, role, kind)
) without rowid;
INSERT INTO "policy" VALUES(2,'reader','resource','{"Version":"1","Statement":[{"Effect":"Deny","Action":["odps:Drop"],"Resource":["acs:odps:*:projects/prod/tables/t"]}]}','b3b94def60d9df1caac7541bc3866240');
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
INSERT INTO "project" VALUES(1,'sandbox',1,'',0,1795734839479,1795734839479,1,1,1,1,1,0,0,NULL,0,'',0,NULL);
INSERT INTO "project" VALUES(2,'prod',2,'',0,1795734839523,1795855277057,89,1,1,1,1,0,1,NULL,0,'',0,NULL);
INSERT INTO "project" VALUES(3,'lab',3,'',0,1795734839523,1795734839523,13,1,1,1,1,0,0,NULL,0,'',0,NULL);
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
INSERT INTO "project_property" VALUES(2,'READ_TABLE_MAX_ROW','77');
INSERT INTO "project_property" VALUES(2,'odps.timemachine.retention.days','7');
CREATE TABLE quota_rule (
  project integer not null references project(id) on delete cascade,
  job     text not null,
  quota   integer not null references tenant_resource(id) on delete cascade,
  primary key (project, job)
) without rowid;
CREATE TABLE reading_level (
  project integer not null references project(id) on delete cascade,
  account integer references account(id) on delete cascade,
  role    text,
  level   integer not null check (level between 1 and 9),
  check ((account is null) <> (role is null))
);
INSERT INTO "reading_level" VALUES(2,3,NULL,4);
CREATE TABLE renamed_column (
  id integer primary key
) without rowid;
CREATE TABLE resource_content (
  id       integer primary key autoincrement,
  resource integer unique references resource_object(id) on delete set null,
  lease    text not null default '',
  -- The encrypted project whose data key seals its pieces.
  sealed_by integer,
  check (resource is null or lease = '')
);
INSERT INTO "resource_content" VALUES(10,10,'',NULL);
INSERT INTO "resource_content" VALUES(18,18,'',NULL);
INSERT INTO "resource_content" VALUES(26,26,'',NULL);
INSERT INTO "resource_content" VALUES(34,34,'',NULL);
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
INSERT INTO "resource_object" VALUES(10,'file',2,'',NULL,NULL,'default',NULL,NULL,6,'b1946ac92492d2347c6235b4d2611184',1795734839702);
INSERT INTO "resource_object" VALUES(18,'py',2,'',NULL,NULL,'default',NULL,NULL,9,'dee5c46989f5ec092311188f4fe829c3',1795734839708);
INSERT INTO "resource_object" VALUES(26,'jar',2,'',NULL,NULL,'default',NULL,NULL,2,'d71bdd22c8bb93b8d287dce6f46aed25',1795734839709);
INSERT INTO "resource_object" VALUES(34,'archive',2,'',NULL,NULL,'default',NULL,NULL,2,'d71bdd22c8bb93b8d287dce6f46aed25',1795734839710);
INSERT INTO "resource_object" VALUES(42,'table',2,'',25,'prod','default','u',NULL,0,NULL,1795734839719);
INSERT INTO "resource_object" VALUES(50,'table',2,'',NULL,'prod','default','t','ds=''1''',0,NULL,1795734839720);
CREATE TABLE resource_piece (
  content  integer not null references resource_content(id) on delete cascade,
  position integer not null,
  bytes    blob not null,
  primary key (content, position)
);
INSERT INTO "resource_piece" VALUES(10,0,X'68656C6C6F0A');
INSERT INTO "resource_piece" VALUES(18,0,X'7072696E742831290A');
INSERT INTO "resource_piece" VALUES(26,0,X'504B');
INSERT INTO "resource_piece" VALUES(34,0,X'504B');
CREATE TABLE role (
  project integer not null references project(id) on delete cascade,
  name    text not null,
  kind    text not null check (kind in ('resource', 'admin')),
  comment text not null default '',
  created integer not null,
  primary key (project, name)
) without rowid;
INSERT INTO "role" VALUES(1,'admin','admin','',1795734839479);
INSERT INTO "role" VALUES(1,'super_administrator','admin','',1795734839479);
INSERT INTO "role" VALUES(2,'admin','admin','',1795734839523);
INSERT INTO "role" VALUES(2,'reader','resource','',1795734839692);
INSERT INTO "role" VALUES(2,'super_administrator','admin','',1795734839523);
INSERT INTO "role" VALUES(3,'admin','admin','',1795734839523);
INSERT INTO "role" VALUES(3,'super_administrator','admin','',1795734839523);
CREATE TABLE role_user (
  project integer not null,
  role    text not null,
  account integer not null references account(id) on delete cascade,
  granted integer not null,
  grantor text not null,
  primary key (project, role, account),
  foreign key (project, role) references role(project, name) on delete restrict
) without rowid;
INSERT INTO "role_user" VALUES(2,'reader',3,1795734839692,'ALIYUN$Bob@example.com');
CREATE TABLE schema_object (
  id       integer primary key references object(id) on delete cascade,
  comment  text not null default '',
  modified integer not null
);
INSERT INTO "schema_object" VALUES(128,'',1795788228881);
CREATE TABLE sequence (
  name text primary key,
  next integer not null
) without rowid;
INSERT INTO "sequence" VALUES('column',18);
INSERT INTO "sequence" VALUES('death',1);
INSERT INTO "sequence" VALUES('file',5);
INSERT INTO "sequence" VALUES('job',9);
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
  bound     integer not null default 0,
  -- How statements name it once it is dropped (DEL-1). It tells nothing of other tables.
  token     text not null default (lower(hex(randomblob(16)))),
  -- The number of its last version: goes up with each change of its rows while its project keeps versions.
  version   integer not null default 0
);
INSERT INTO "table_object" VALUES(25,'',NULL,0,NULL,1795734839619,1795734839920,0,0,0,'51b77b1557073cd87b3e3d1eea234c95',1);
INSERT INTO "table_object" VALUES(33,'',NULL,0,'select id, name from t where id > 1',1795734839646,1795734839646,0,0,1,'dacd8a2b2fd4930575f0645f4ddaa56f',0);
INSERT INTO "table_object" VALUES(41,'',NULL,0,'select v.id as id, u.b as b from v join u on v.id = u.a',1795734839690,1795734839690,0,0,1,'4ce853211b75eb43982b9a4cab2207c1',0);
INSERT INTO "table_object" VALUES(49,'',NULL,0,'select 1 as one',1795734840055,1795734840055,0,0,1,'5f259f7fdd7a0b475cbfceaad8bc1941',0);
INSERT INTO "table_object" VALUES(120,'',NULL,0,NULL,1795750251239,1795750251248,0,0,0,'6534baf753605133ea4c6ad3ac1b5c6d',1);
INSERT INTO "table_object" VALUES(124,'',NULL,0,NULL,1795765726354,1795765726354,0,0,0,'f76e48d41eee20e7336b7b714a163eae',1);
INSERT INTO "table_object" VALUES(126,'',NULL,0,NULL,1795781819133,1795781819133,0,0,0,'8efe463f4eb1953e95e374dd3f9d1c14',1);
INSERT INTO "table_object" VALUES(130,'',NULL,0,NULL,1795788228882,1795788228882,0,0,0,'b15ebd3f9b70bdb99d10388e6e64389c',1);
INSERT INTO "table_object" VALUES(132,'',NULL,0,'select id from ten.t',1795788228934,1795788228934,0,0,1,'581b615206ba1cb7635c484492577da9',0);
CREATE TABLE table_version (
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
INSERT INTO "table_version" VALUES(17,0,1,2,'BASELINE',1795855277057,1795855277081);
INSERT INTO "table_version" VALUES(17,0,2,2,'DROP',1795855277081,NULL);
INSERT INTO "table_version" VALUES(17,1,1,2,'BASELINE',1795855277057,1795855277081);
INSERT INTO "table_version" VALUES(17,1,2,2,'DROP',1795855277081,NULL);
INSERT INTO "table_version" VALUES(25,0,1,2,'BASELINE',1795855277057,NULL);
INSERT INTO "table_version" VALUES(120,0,1,2,'BASELINE',1795855277057,NULL);
INSERT INTO "table_version" VALUES(124,0,1,2,'BASELINE',1795855277057,NULL);
INSERT INTO "table_version" VALUES(126,0,1,2,'BASELINE',1795855277057,NULL);
INSERT INTO "table_version" VALUES(130,0,1,2,'BASELINE',1795855277057,NULL);
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
INSERT INTO "tenant_resource" VALUES(1,2,'quota','big',2,NULL,1795810871969);
INSERT INTO "tenant_resource" VALUES(2,2,'networklink','vpc1',2,NULL,1795810871970);
CREATE TABLE tenant_resource_mount (
  resource integer not null references tenant_resource(id) on delete cascade,
  project  integer not null references project(id) on delete cascade,
  mounted  integer not null,
  primary key (resource, project)
) without rowid;
INSERT INTO "tenant_resource_mount" VALUES(1,2,1795810871971);
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
INSERT INTO "tenant_role" VALUES(1,1,'super_administrator','',NULL,NULL,1795734839479);
INSERT INTO "tenant_role" VALUES(2,1,'admin','',NULL,NULL,1795734839479);
INSERT INTO "tenant_role" VALUES(3,2,'super_administrator','',NULL,NULL,1795734839505);
INSERT INTO "tenant_role" VALUES(4,2,'admin','',NULL,NULL,1795734839505);
INSERT INTO "tenant_role" VALUES(5,3,'super_administrator','',NULL,NULL,1795734839522);
INSERT INTO "tenant_role" VALUES(6,3,'admin','',NULL,NULL,1795734839522);
INSERT INTO "tenant_role" VALUES(7,2,'keeper','','{
    "Version": "1",
    "Statement": [
        {"Effect": "Allow", "Action": "odps:*", "Resource": "acs:odps:*:projects/*"},
        {"Effect": "Deny", "Action": "odps:Drop", "Resource": "acs:odps:*:projects/*/tables/keep_*"}
    ]
}
','19217d6f55b6af0cc3ed1a5a455ce492',1795801192817);
CREATE TABLE tenant_role_project (
  role    integer not null references tenant_role(id) on delete cascade,
  project integer not null references project(id) on delete cascade,
  added   integer not null,
  primary key (role, project)
) without rowid;
INSERT INTO "tenant_role_project" VALUES(7,2,1795801192908);
CREATE TABLE tenant_role_user (
  role    integer not null references tenant_role(id) on delete restrict,
  account integer not null references tenant_user(account) on delete cascade,
  granted integer not null,
  grantor text not null,
  primary key (role, account)
) without rowid;
INSERT INTO "tenant_role_user" VALUES(7,6,1795801192825,'ALIYUN$Bob@example.com');
CREATE TABLE tenant_user (
  account integer primary key references account(id) on delete cascade,
  tenant  integer not null references account(id) on delete cascade,
  comment text not null default '',
  added   integer not null
);
INSERT INTO "tenant_user" VALUES(6,2,'',1795801192821);
CREATE TABLE trusted_project (
  project integer not null references project(id) on delete cascade,
  trusted integer not null references project(id) on delete cascade,
  added   integer not null,
  primary key (project, trusted)
) without rowid;
INSERT INTO "trusted_project" VALUES(2,3,1795734839732);
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
INSERT INTO "tunnel_block" VALUES('202611262314007hdpzbuy',1,0,2096962,20762,20762,0,NULL,25);
INSERT INTO "tunnel_block" VALUES('202611262314007hdpzbuy',2,0,3145443,31143,10381,0,NULL,25);
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
INSERT INTO "tunnel_file" VALUES('job6-0.parquet','202611262314007hdpzbuy',1,10381,NULL,1019,3789584163);
INSERT INTO "tunnel_file" VALUES('job6-1.parquet','202611262314007hdpzbuy',1,10381,NULL,1019,3789584163);
INSERT INTO "tunnel_file" VALUES('job6-2.parquet','202611262314007hdpzbuy',2,10381,NULL,1019,3789584163);
CREATE TABLE tunnel_line (
  session text not null references tunnel_session(id) on delete cascade,
  number  integer not null,
  kind    text not null check (kind in ('log', 'bad')),
  line    text not null,
  primary key (session, kind, number)
) without rowid;
INSERT INTO "tunnel_line" VALUES('20261126231359calpbsxw',1,'log','2026-11-26 23:13:59  -  new session: 20261126231359calpbsxw	total lines: 4');
INSERT INTO "tunnel_line" VALUES('20261126231359calpbsxw',2,'log','2026-11-26 23:13:59  -  downloading 4 records into 1 file');
INSERT INTO "tunnel_line" VALUES('20261126231359calpbsxw',3,'log','2026-11-26 23:13:59  -  file [0]: [0, 4), ./u_out.csv');
INSERT INTO "tunnel_line" VALUES('20261126231359calpbsxw',4,'log','2026-11-26 23:14:00  -  file [0] OK. total: 20 bytes');
INSERT INTO "tunnel_line" VALUES('20261126231359calpbsxw',5,'log','total: 20 bytes, time: 0.102 s, average speed: 198 bytes/s');
INSERT INTO "tunnel_line" VALUES('20261126231359calpbsxw',6,'log','download OK');
INSERT INTO "tunnel_line" VALUES('20261126231359suyqit67',1,'log','Upload session: 20261126231359suyqit67');
INSERT INTO "tunnel_line" VALUES('20261126231359suyqit67',2,'log','Start upload:./u.csv');
INSERT INTO "tunnel_line" VALUES('20261126231359suyqit67',3,'log','Using \n to split records');
INSERT INTO "tunnel_line" VALUES('20261126231359suyqit67',4,'log','Upload in strict schema mode: true');
INSERT INTO "tunnel_line" VALUES('20261126231359suyqit67',5,'log','Total bytes:10	 Split input to 1 blocks');
INSERT INTO "tunnel_line" VALUES('20261126231359suyqit67',6,'log','2026-11-26 23:13:59	scan block: ''1''');
INSERT INTO "tunnel_line" VALUES('20261126231359suyqit67',7,'log','2026-11-26 23:13:59	scan block complete, block id: 1');
INSERT INTO "tunnel_line" VALUES('20261126231359suyqit67',8,'log','2026-11-26 23:13:59	upload block: ''1''');
INSERT INTO "tunnel_line" VALUES('20261126231359suyqit67',9,'log','2026-11-26 23:13:59	upload block complete, block id: 1');
INSERT INTO "tunnel_line" VALUES('20261126231359suyqit67',10,'log','upload complete, average speed is 476 bytes/s');
INSERT INTO "tunnel_line" VALUES('20261126231359suyqit67',11,'log','OK');
INSERT INTO "tunnel_line" VALUES('202611262314007hdpzbuy',1,'log','Upload session: 202611262314007hdpzbuy');
INSERT INTO "tunnel_line" VALUES('202611262314007hdpzbuy',2,'log','Start upload:./big.csv');
INSERT INTO "tunnel_line" VALUES('202611262314007hdpzbuy',3,'log','Using \n to split records');
INSERT INTO "tunnel_line" VALUES('202611262314007hdpzbuy',4,'log','Upload in strict schema mode: true');
INSERT INTO "tunnel_line" VALUES('202611262314007hdpzbuy',5,'log','Total bytes:4040000	 Split input to 4 blocks');
INSERT INTO "tunnel_line" VALUES('202611262314007hdpzbuy',6,'log','2026-11-26 23:14:00	scan block: ''1''');
INSERT INTO "tunnel_line" VALUES('202611262314007hdpzbuy',7,'log','2026-11-26 23:14:00	scan block: ''2''');
INSERT INTO "tunnel_line" VALUES('202611262314007hdpzbuy',8,'log','2026-11-26 23:14:00	scan block: ''3''');
INSERT INTO "tunnel_line" VALUES('202611262314007hdpzbuy',9,'log','2026-11-26 23:14:00	scan block complete, block id: 1');
INSERT INTO "tunnel_line" VALUES('202611262314007hdpzbuy',10,'log','2026-11-26 23:14:00	upload block: ''1''');
INSERT INTO "tunnel_line" VALUES('202611262314007hdpzbuy',11,'log','2026-11-26 23:14:00	upload block complete, block id: 1');
INSERT INTO "tunnel_line" VALUES('202611262314007hdpzbuy',12,'log','2026-11-26 23:14:00	scan block complete, block id: 2');
INSERT INTO "tunnel_line" VALUES('202611262314007hdpzbuy',13,'log','2026-11-26 23:14:00	upload block: ''2''');
INSERT INTO "tunnel_line" VALUES('202611262314007hdpzbuy',14,'log','2026-11-26 23:14:00	upload block complete, block id: 2');
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
INSERT INTO "tunnel_session" VALUES('20261126231359calpbsxw',2,'download','tunnel download u ''./u_out.csv''','job5','success',1795734839936,NULL,'',NULL);
INSERT INTO "tunnel_session" VALUES('20261126231359suyqit67',2,'upload','tunnel upload ''/home/bob/u.csv'' prod.u','job3','success',1795734839899,NULL,'',NULL);
INSERT INTO "tunnel_session" VALUES('202611262314007hdpzbuy',2,'upload','tunnel upload ''/home/bob/big.csv'' prod.u -bs 1','job6','running',1795734840152,NULL,'',NULL);
CREATE TABLE tunnel_source (
  session  text not null references tunnel_session(id) on delete cascade,
  number   integer not null,
  path     text not null,
  bytes    integer not null,
  modified integer not null,
  primary key (session, number)
) without rowid;
INSERT INTO "tunnel_source" VALUES('20261126231359suyqit67',0,'/home/bob/u.csv',10,1795734765445084712);
INSERT INTO "tunnel_source" VALUES('202611262314007hdpzbuy',0,'/home/bob/big.csv',4040000,1795734839280798694);
CREATE TABLE version_file (
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
INSERT INTO "version_file" VALUES(17,1,'job1-0.parquet',2,0,2,1795855277081);
CREATE TABLE view_column (
  table_id integer not null references table_object(id) on delete cascade,
  position integer not null,
  name     text not null,
  primary key (table_id, position)
) without rowid;
INSERT INTO "view_column" VALUES(33,0,'id');
INSERT INTO "view_column" VALUES(33,1,'name');
INSERT INTO "view_column" VALUES(41,0,'id');
INSERT INTO "view_column" VALUES(41,1,'b');
INSERT INTO "view_column" VALUES(49,0,'one');
INSERT INTO "view_column" VALUES(132,0,'id');
CREATE TABLE view_flag (
  view_id integer not null references object(id) on delete cascade,
  key     text not null,
  value   text not null,
  primary key (view_id, key)
) without rowid;
INSERT INTO "view_flag" VALUES(132,'odps.namespace.schema','true');
CREATE TABLE view_function (
  view_id  integer not null references object(id) on delete cascade,
  position integer not null,
  qualifier text,
  name     text not null,
  object   integer,
  primary key (view_id, position)
) without rowid;
CREATE TABLE view_relation (
  view_id  integer not null references object(id) on delete cascade,
  position integer not null,
  qualifier text,
  name     text not null,
  object   integer,
  primary key (view_id, position)
) without rowid;
INSERT INTO "view_relation" VALUES(33,0,NULL,'t',17);
INSERT INTO "view_relation" VALUES(41,0,NULL,'v',33);
INSERT INTO "view_relation" VALUES(41,1,NULL,'u',25);
INSERT INTO "view_relation" VALUES(132,0,'ten','t',130);
CREATE TABLE view_relation_column (
  view_id   integer not null references object(id) on delete cascade,
  relation  integer not null,
  position  integer not null,
  name      text not null,
  column_id integer not null,
  primary key (view_id, relation, position)
) without rowid;
INSERT INTO "view_relation_column" VALUES(33,0,0,'id',2);
INSERT INTO "view_relation_column" VALUES(33,0,1,'name',3);
INSERT INTO "view_relation_column" VALUES(41,1,0,'a',5);
INSERT INTO "view_relation_column" VALUES(41,1,1,'b',6);
INSERT INTO "view_relation_column" VALUES(132,0,0,'id',16);
CREATE TABLE writing (
  prefix text primary key,
  -- The lease of the process that writes the files.
  lease  text not null default ''
) without rowid;
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
CREATE INDEX quota_rule_quota on quota_rule(quota);
CREATE INDEX trusted_by on trusted_project(trusted);
CREATE INDEX object_owner on object(owner, project, kind, created);
CREATE INDEX object_created on object(project, kind, created);
CREATE INDEX table_object_token on table_object(token);
CREATE INDEX view_unbound on table_object(id) where view_text is not null and bound = 0;
CREATE INDEX data_file_table on data_file(table_id, partition_id);
CREATE INDEX data_file_dead on data_file(name) where table_id is null and kept = 0;
CREATE INDEX project_property_retention on project_property(project) where key = 'odps.timemachine.retention.days';
CREATE INDEX table_version_replaced on table_version(project, replaced);
CREATE INDEX version_file_name on version_file(name);
CREATE INDEX version_file_until on version_file(table_id, until);
CREATE INDEX version_file_ended on version_file(project, ended);
CREATE INDEX dropped_table_name on dropped_table(project, schema, name);
CREATE INDEX dropped_table_owner on dropped_table(owner);
CREATE INDEX dropped_table_token on dropped_table(token);
CREATE INDEX dropped_partition_table on dropped_partition(table_id);
CREATE INDEX dropped_partition_project on dropped_partition(project);
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
CREATE TRIGGER version_file_inserted after insert on version_file begin
  update data_file set kept = 1 where name = new.name and kept = 0;
end;
CREATE TRIGGER version_file_deleted after delete on version_file when not exists (select 1 from version_file where name = old.name)
begin update data_file set kept = 0 where name = old.name; end;
CREATE TRIGGER data_file_given_up after update of kept on data_file when new.kept = 0 and old.kept = 1 and new.table_id is null begin
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
CREATE TRIGGER quota_rule_inserted after insert on quota_rule begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER quota_rule_updated after update on quota_rule begin update project set version = version + 1 where id = new.project; end;
CREATE TRIGGER quota_rule_deleted after delete on quota_rule begin update project set version = version + 1 where id = old.project; end;
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
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('account',7);
INSERT INTO "sqlite_sequence" VALUES('acl',20);
INSERT INTO "sqlite_sequence" VALUES('audit',136);
INSERT INTO "sqlite_sequence" VALUES('label_grant',1);
INSERT INTO "sqlite_sequence" VALUES('object',138);
INSERT INTO "sqlite_sequence" VALUES('package',2);
INSERT INTO "sqlite_sequence" VALUES('package_object',6);
INSERT INTO "sqlite_sequence" VALUES('partition_object',1);
INSERT INTO "sqlite_sequence" VALUES('project',3);
INSERT INTO "sqlite_sequence" VALUES('resource_content',34);
INSERT INTO "sqlite_sequence" VALUES('tenant_resource',2);
INSERT INTO "sqlite_sequence" VALUES('tenant_role',7);
COMMIT;
