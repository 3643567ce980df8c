// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest does with its timers: six kinds of work one after the other, each twice.
 *
 *	workload [NAME]...
 *
 * Whoever counts from outside does so at the lines MARK, of which there is one before
 * and one after each: the guest stands still there until a byte comes in.  The line
 *
 *	WORK NAME UNITS TIMER_IRQS LATENESS_NS
 *
 * follows, with the median lateness if there are sleeps, else "-".  What the marks
 * themselves cost is the work "empty", to be taken off.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../../tools/proc.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define SLEEPS_MAX	10000
#define SPREAD_NS	4000000		/* ticks are 4 ms apart */
#define EPOLL_MS	10
#define LOST_ONE_IN	64
#define MESSAGE		64		/* bytes */
#define JOBS_AT_ONCE	2

static long long lateness_ns[SLEEPS_MAX];
static long sleeps;
static int interrupts_fd;
static const char *self;

static void die(const char *what)
{
	perror(what);
	puts("FAIL");
	exit(EXIT_FAILURE);
}

static long long monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void sleep_ns(long long ns)
{
	struct timespec time = { ns / 1000000000, ns % 1000000000 };

	nanosleep(&time, NULL);
}

static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* A bit of work, of the same length each time. */
static void compute(unsigned int steps)
{
	while (steps--)
		asm volatile("");
}

static unsigned int draw(unsigned int below)
{
	static unsigned int state = 1;

	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

static void do_nothing(long units)
{
	(void)units;
}

static void idle(long seconds)
{
	sleep_ns(seconds * 1000000000LL);
}

static void sleep_for(long long ns, unsigned int spread_ns, long units)
{
	struct timespec deadline;
	long long deadline_ns;

	for (sleeps = 0; sleeps < units; sleeps++) {
		deadline_ns = monotonic_ns() + ns + draw(spread_ns);
		deadline.tv_sec = deadline_ns / 1000000000;
		deadline.tv_nsec = deadline_ns % 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
		lateness_ns[sleeps] = monotonic_ns() - deadline_ns;
	}
}

/* Up to a tick more, so that they end anywhere between two ticks. */
static void sleep_50ms(long units)
{
	sleep_for(50000000, SPREAD_NS, units);
}

static void sleep_1ms(long units)
{
	sleep_for(1000000, 1, units);
}

/* Two ends, on two CPUs; the other one answers until the first one closes. */
static void with_peer(const int ends[2], void *(*answer)(void *end),
		      void (*ask)(int end, long units), long units)
{
	pthread_t peer;
	int theirs = ends[1];

	if (pthread_create(&peer, NULL, answer, &theirs))
		die("pthread_create");
	ask(ends[0], units);
	shutdown(ends[0], SHUT_WR);
	pthread_join(peer, NULL);
	close(ends[0]);
	close(ends[1]);
}

static int epoll_of(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(0);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		die("epoll");
	return epoll;
}

static void wait_for(int epoll)
{
	struct epoll_event event;

	epoll_wait(epoll, &event, 1, EPOLL_MS);
}

static void *epoll_answer(void *end)
{
	int fd = *(int *)end, epoll = epoll_of(fd);
	char message[MESSAGE];
	unsigned int count = 0;
	ssize_t got;

	stay_on(0);
	for (;;) {
		wait_for(epoll);
		got = recv(fd, message, sizeof(message), MSG_DONTWAIT);
		if (!got)
			break;
		if (got < 0)
			continue;
		compute(5000);
		if (++count % LOST_ONE_IN)
			send(fd, message, sizeof(message), 0);
	}
	close(epoll);
	return NULL;
}

/*
 * A request now and then.  Some get no answer: then it is the timeout that ends the
 * wait.
 */
static void epoll_ask(int fd, long units)
{
	char message[MESSAGE] = "";
	int epoll = epoll_of(fd);

	while (units--) {
		sleep_ns(200000 + draw(2800000));
		send(fd, message, sizeof(message), 0);
		wait_for(epoll);
		recv(fd, message, sizeof(message), MSG_DONTWAIT);
	}
	close(epoll);
}

static void epoll_timeouts(long units)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
		die("socketpair");
	with_peer(ends, epoll_answer, epoll_ask, units);
}

static void *tcp_answer(void *end)
{
	int fd = *(int *)end;
	char message[MESSAGE];

	stay_on(0);
	while (recv(fd, message, sizeof(message), MSG_WAITALL) > 0)
		send(fd, message, sizeof(message), 0);
	return NULL;
}

static void tcp_ask(int fd, long units)
{
	char message[MESSAGE] = "";

	while (units--) {
		send(fd, message, sizeof(message), 0);
		if (recv(fd, message, sizeof(message), MSG_WAITALL) != sizeof(message))
			die("recv");
	}
}

static void tcp_pair(int ends[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int yes = 1, i, listener = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (void *)&address, size) || listen(listener, 1) ||
	    getsockname(listener, (void *)&address, &size) ||
	    connect(ends[0], (void *)&address, size))
		die("TCP");
	ends[1] = accept(listener, NULL, NULL);
	close(listener);
	for (i = 0; i < 2; i++)
		setsockopt(ends[i], IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

static void tcp_ping_pong(long units)
{
	int ends[2];

	tcp_pair(ends);
	with_peer(ends, tcp_answer, tcp_ask, units);
}

/* One of a compile's processes: memory, a file, a wait for the disk, work. */
static int job(unsigned int number)
{
	size_t size = 128 << 10;
	char name[16], *memory = malloc(size);
	int fd;

	memset(memory, number, size);
	snprintf(name, sizeof(name), "/%u.o", number);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, memory, 16384) != 16384)
		die(name);
	close(fd);
	sleep_ns(100000 + number * 7919 % 2000000);
	compute(100000);
	unlink(name);
	return 0;
}

static void start_job(unsigned int number)
{
	char text[12];

	snprintf(text, sizeof(text), "%u", number);
	if (vfork())
		return;
	execl("/proc/self/exe", self, "job", text, NULL);
	_exit(EXIT_FAILURE);
}

static void end_job(void)
{
	int status;

	if (wait(&status) < 0 || status)
		die("job");
}

/* As "make -j2" does. */
static void compile(long units)
{
	unsigned int i;

	for (i = 0; i < units; i++) {
		if (i >= JOBS_AT_ONCE)
			end_job();
		start_job(i);
	}
	for (i = 0; i < JOBS_AT_ONCE; i++)
		end_job();
}

static const struct workload {
	const char *name;
	void (*run)(long units);
	long units;
} workloads[] = {
	{ "empty", do_nothing, 1 },
	{ "empty", do_nothing, 1 },
	{ "idle", idle, 1000 },
	{ "sleep-50ms", sleep_50ms, 1000 },
	{ "sleep-1ms", sleep_1ms, 3000 },
	{ "epoll", epoll_timeouts, 2000 },
	{ "tcp", tcp_ping_pong, 2000 },
	{ "compile", compile, 150 },
};

static void mark(void)
{
	char byte;

	puts("MARK");
	fflush(stdout);
	if (read(STDIN_FILENO, &byte, 1) != 1)
		die("read");
}

static int by_size(const void *one, const void *other)
{
	long long a = *(const long long *)one, b = *(const long long *)other;

	return a < b ? -1 : a > b;
}

static void say_lateness(void)
{
	qsort(lateness_ns, sleeps, sizeof(lateness_ns[0]), by_size);
	if (sleeps)
		printf(" %lld\n", lateness_ns[sleeps / 2]);
	else
		puts(" -");
}

static void run(const struct workload *work)
{
	uint64_t irqs;

	sleeps = 0;
	stay_on(1);
	sleep_ns(500000000);	/* let what went before come to rest */
	mark();
	irqs = interrupts_local_timer(interrupts_fd, -1);
	work->run(work->units);
	irqs = interrupts_local_timer(interrupts_fd, -1) - irqs;
	mark();
	printf("WORK %s %ld %llu", work->name, work->units, (unsigned long long)irqs);
	say_lateness();
}

/* No echo, and no wait for the end of a line. */
static void set_up(void)
{
	struct termios terminal;

	tcgetattr(STDIN_FILENO, &terminal);
	cfmakeraw(&terminal);
	terminal.c_oflag |= OPOST | ONLCR;
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
	/* Else the kernel rounds a sleep up by 50 us; and no page faults in between. */
	prctl(PR_SET_TIMERSLACK, 1);
	mlockall(MCL_CURRENT | MCL_FUTURE);
	interrupts_fd = interrupts_open();
	if (interrupts_fd < 0)
		die("/proc/interrupts");
}

int main(int argc, char **argv)
{
	unsigned int i;
	int wanted;

	self = argv[0];
	if (argc == 3 && !strcmp(argv[1], "job"))
		return job(atoi(argv[2]));
	set_up();
	for (i = 0; i < ARRAY_SIZE(workloads); i++) {
		for (wanted = 1; wanted < argc && strcmp(argv[wanted], workloads[i].name);
		     wanted++)
			;
		if (argc > 1 && wanted == argc)
			continue;
		run(&workloads[i]);
		run(&workloads[i]);
	}
	return EXIT_SUCCESS;
}
