create table if not exists item (name text primary key);
insert or ignore into item values ('milk'), ('bread');
