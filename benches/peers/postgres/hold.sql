-- What HOLD means, on PostgreSQL: all seats or none, a deadline, one answer for one key.
--
-- It leaves out what HOLD does besides: limits for holders, an order of changes that can be read again, labels checked
-- against a map. So it does less than what it is compared with.

-- Half of each page is left free, so that a hold is an update within its page and touches no index.
create table seats (
    seat integer primary key,
    hold bigint,
    held_until timestamptz
) with (fillfactor = 50);

create table holds (
    hold bigint primary key,
    holder text not null,
    held_until timestamptz not null,
    seats integer[] not null
);

-- The idempotency keys, with what was asked and what was answered.
create table answers (
    key text primary key,
    asked text not null,
    answer text not null,
    at timestamptz not null
);

-- Versions of a hold; a sequence waits for nobody.
create sequence versions;

create function hold(wanted_key text, wanted_holder text, ttl_ms integer, wanted integer[]) returns text
language plpgsql as $$
declare
    wants constant text := wanted_holder || ' ' || ttl_ms || ' ' || wanted::text;
    moment constant timestamptz := clock_timestamp();
    deadline constant timestamptz := moment + ttl_ms * interval '1 millisecond';
    known record;
    taken text;
    id bigint;
    said text;
begin
    -- In one order, so that two who want the same seats never wait for each other in a ring.
    perform from seats where seat = any (wanted) order by seat for update;

    -- Looked up behind the locks: of two calls with one key the second finds the answer of the first.
    select asked, answer into known from answers where key = wanted_key;
    if found then
        if known.asked <> wants then
            raise exception 'KEYREUSED the key was used for something else';
        end if;
        return known.answer;
    end if;

    select string_agg(seat || ' held', ', ' order by seat) into taken
        from seats where seat = any (wanted) and held_until > moment;
    if taken is not null then
        said := '-TAKEN ' || taken;
    else
        id := nextval('versions');
        update seats set hold = id, held_until = deadline where seat = any (wanted);
        insert into holds values (id, wanted_holder, deadline, wanted);
        said := 'hold ' || id || ' expires_at ' || (extract(epoch from deadline) * 1000)::bigint
            || ' version ' || id || ' seats ' || wanted::text;
    end if;
    insert into answers values (wanted_key, wants, said, moment);
    return said;
end
$$;

insert into seats select generate_series(0, 999999);
analyze seats;
