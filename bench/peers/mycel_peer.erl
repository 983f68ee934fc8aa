%% The Erlang/OTP side of the benches: a process that reads `name size` lines and answers each with
%% numbers, as side.program.ts does. Programs are those of bench/savina, under the same names.
-module(mycel_peer).
-define(LATENCY_US_MAX, 1000000).
-define(MESSAGES_PER_MS, 100).
-export([serve/0, serve/1, idle/0]).

serve() -> serve([]).

%% With `[bytes]` a third number says how much more memory is held afterwards, processes alive.
serve(Options) ->
    case io:get_line("") of
        eof -> halt();
        Line ->
            [Size | Name] = lists:reverse(string:lexemes(string:trim(Line), " ")),
            Program = string:join(lists:reverse(Name), " "),
            Numbers = run_apart(Program, list_to_integer(Size), Options),
            io:format("~s~n", [lists:join(" ", [text(N) || N <- Numbers])]),
            serve(Options)
    end.

text(N) when is_float(N) -> float_to_list(N, [{decimals, 6}]);
text(N) -> integer_to_list(N).

%% In a process of its own, whose heap is gone afterwards; a fault there is a fault here.
run_apart(Program, Size, Options) ->
    garbage_collect(),
    Before = erlang:memory(total),
    {Runner, Ref} = spawn_monitor(fun() ->
        StartedAt = erlang:monotonic_time(nanosecond),
        {Counted, Actors} = program(Program, Size),
        Ns = erlang:monotonic_time(nanosecond) - StartedAt,
        Bytes = [held_bytes() - Before || bytes <- Options],
        end_all(Actors),
        exit({ran, lists:flatten([Ns / 1.0e6, Counted, Bytes])})
    end),
    receive
        {'DOWN', Ref, process, Runner, {ran, Numbers}} -> Numbers;
        {'DOWN', Ref, process, Runner, Cause} -> io:format(standard_error, "~p~n", [Cause]), halt(1)
    end.

held_bytes() ->
    garbage_collect(),
    erlang:memory(total).

end_all([]) -> ok;
end_all([Actor | Others]) ->
    Ref = monitor(process, Actor),
    exit(Actor, kill),
    receive {'DOWN', Ref, process, Actor, _} -> end_all(Others) end.

%% What was counted (of `latency` µs as well), and the processes that are to be ended outside the time measured.
program("ping-pong", Size) ->
    Pong = spawn(fun pong/0),
    {2 * ping(Pong, Size, 0), [Pong]};
program("thread ring", Size) ->
    Self = self(),
    First = spawn(fun() -> receive {next, Next} -> member(Next, Size, Self) end end),
    Add = fun(_, Next) -> spawn(fun() -> member(Next, Size, Self) end) end,
    Second = lists:foldl(Add, First, lists:seq(2, 100)),
    First ! {next, Second},
    First ! {token, 1},
    receive {ended, Hops} -> {Hops, []} end;
program("counting", Size) ->
    Counter = spawn(fun() -> counter(0) end),
    {count(Counter, Size, 0), [Counter]};
program("fork-join create", Size) ->
    {create(Size, 0), []};
program("fork-join throughput", Size) ->
    Self = self(),
    Workers = [spawn(fun() -> work(Size, 0, Self) end) || _ <- lists:seq(1, 60)],
    rounds(Workers, Size),
    {lists:sum([receive {ended, Worker, Handled} -> Handled end || Worker <- Workers]), []};
program("big", Size) ->
    Self = self(),
    Ids = lists:seq(0, 119),
    Members = [spawn(fun() -> receive {members, All} -> big(Size, Id, All, 0, Self) end end) || Id <- Ids],
    [Member ! {members, list_to_tuple(Members)} || Member <- Members],
    [Member ! start || Member <- Members],
    [receive {ended, Member} -> ok end || Member <- Members],
    [Member ! {tell, Self} || Member <- Members],
    {lists:sum([receive {handled, Member, Handled} -> Handled end || Member <- Members]), Members};
program("spawn, kept alive", Size) ->
    greet(Size, fun idle/0);
program("spawn, hibernated", Size) ->
    greet(Size, fun() -> erlang:hibernate(?MODULE, idle, []) end);
program("latency", ForMs) ->
    Counts = counters:new(?LATENCY_US_MAX + 1, [write_concurrency]),
    Leaves = [spawn(fun() -> leaf(Counts) end) || _ <- lists:seq(1, 800)],
    send_due(list_to_tuple(Leaves), erlang:monotonic_time(microsecond), 0, ForMs * ?MESSAGES_PER_MS),
    {latencies(Counts, ForMs * ?MESSAGES_PER_MS), Leaves}.

ping(_Pong, 0, Pongs) -> Pongs;
ping(Pong, Left, Pongs) ->
    Pong ! {ping, self()},
    receive pong -> ping(Pong, Left - 1, Pongs + 1) end.

pong() -> receive {ping, ReplyTo} -> ReplyTo ! pong, pong() end.

member(Next, Size, ReplyTo) ->
    receive
        {token, Size} -> ReplyTo ! {ended, Size}, Next ! stop;
        {token, Hops} -> Next ! {token, Hops + 1}, member(Next, Size, ReplyTo);
        stop -> Next ! stop
    end.

%% In windows of 512, as on every side.
count(_Counter, 0, Total) -> Total;
count(Counter, Left, _Total) ->
    Window = min(Left, 512),
    add(Counter, Window),
    Counter ! {get, self()},
    receive {total, Total} -> count(Counter, Left - Window, Total) end.

add(_Counter, 0) -> ok;
add(Counter, Left) -> Counter ! {add, 1}, add(Counter, Left - 1).

counter(Total) ->
    receive
        {add, By} -> counter(Total + By);
        {get, ReplyTo} -> ReplyTo ! {total, Total}, counter(Total)
    end.

create(0, Handled) -> Handled;
create(Left, Handled) ->
    Batch = min(Left, 40000),
    ToEnd = atomics:new(1, []),
    atomics:put(ToEnd, 1, Batch),
    create(Batch, ToEnd, self()),
    receive ended -> create(Left - Batch, Handled + Batch) end.

create(0, _ToEnd, _Self) -> ok;
create(Left, ToEnd, Self) ->
    Child = spawn(fun() -> receive {work, Angle} -> compute(Angle), last(ToEnd, Self, ended) end end),
    Child ! {work, 37.2},
    create(Left - 1, ToEnd, Self).

greet(Size, GoOn) ->
    Left = atomics:new(1, []),
    atomics:put(Left, 1, Size),
    Children = greet(Size, Left, self(), GoOn, []),
    receive greeted -> {length(Children), Children} end.

greet(0, _Left, _Self, _GoOn, Children) -> Children;
greet(Size, Left, Self, GoOn, Children) ->
    Child = spawn(fun() -> receive hello -> last(Left, Self, greeted), GoOn() end end),
    Child ! hello,
    greet(Size - 1, Left, Self, GoOn, [Child | Children]).

idle() -> receive hello -> idle() end.

%% The last of many says so.
last(Left, Self, What) ->
    case atomics:sub_get(Left, 1, 1) of
        0 -> Self ! What;
        _ -> ok
    end.

rounds(_Workers, 0) -> ok;
rounds(Workers, Left) ->
    [Worker ! {work, 37.2} || Worker <- Workers],
    rounds(Workers, Left - 1).

work(0, Handled, ReplyTo) -> ReplyTo ! {ended, self(), Handled};
work(Left, Handled, ReplyTo) ->
    receive {work, Angle} -> compute(Angle), work(Left - 1, Handled + 1, ReplyTo) end.

compute(Angle) ->
    Sine = math:sin(Angle),
    true = Sine * Sine > 0.

big(Left, Chance, All, Handled, ReplyTo) ->
    receive
        {ping, From} -> From ! pong, big(Left, Chance, All, Handled + 1, ReplyTo);
        pong -> big_next(Left, Chance, All, Handled + 1, ReplyTo);
        start -> big_next(Left, Chance, All, Handled, ReplyTo);
        {tell, To} -> To ! {handled, self(), Handled}
    end.

big_next(0, Chance, All, Handled, ReplyTo) ->
    ReplyTo ! {ended, self()},
    big(0, Chance, All, Handled, ReplyTo);
big_next(Left, Chance, All, Handled, ReplyTo) ->
    Next = (Chance * 1309 + 13849) band 65535,
    element(Next rem tuple_size(All) + 1, All) ! {ping, self()},
    big(Left - 1, Next, All, Handled, ReplyTo).

%% Each millisecond what is due, stamped when sent, whether the leaves keep up or not.
send_due(_Leaves, _StartedAt, Sent, Sent) -> ok;
send_due(Leaves, StartedAt, Sent, ToSend) ->
    PassedUs = erlang:monotonic_time(microsecond) - StartedAt,
    Due = min(ToSend, PassedUs * ?MESSAGES_PER_MS div 1000),
    send(Leaves, Sent, Due),
    timer:sleep(1),
    send_due(Leaves, StartedAt, Due, ToSend).

send(_Leaves, Due, Due) -> ok;
send(Leaves, Sent, Due) ->
    Now = erlang:monotonic_time(microsecond),
    element(Sent rem tuple_size(Leaves) + 1, Leaves) ! {bytes, Now, <<Sent:512>>},
    send(Leaves, Sent + 1, Due).

leaf(Counts) ->
    receive
        {bytes, SentAt, <<_:512>>} ->
            Us = erlang:monotonic_time(microsecond) - SentAt,
            counters:add(Counts, min(Us, ?LATENCY_US_MAX) + 1, 1),
            leaf(Counts)
    end.

latencies(Counts, Sent) ->
    Seen = [{Us, N} || Us <- lists:seq(0, ?LATENCY_US_MAX), N <- [counters:get(Counts, Us + 1)], N > 0],
    case lists:sum([N || {_, N} <- Seen]) of
        Sent -> [Sent | [percentile(Seen, ceil(Sent * Share)) || Share <- [0.5, 0.99, 0.999, 1]]];
        _ -> timer:sleep(20), latencies(Counts, Sent)
    end.

percentile([{Us, N} | _], Left) when Left =< N -> Us;
percentile([{_, N} | Longer], Left) -> percentile(Longer, Left - N).
