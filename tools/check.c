// SPDX-License-Identifier: GPL-2.0-only
/* kvm-deadline check: is anything here at risk when moved? */
#include <stdio.h>
#include <string.h>

#include "tool.h"

#define LINE_WIDTH	78
#define INDENT		12

static enum colour level_colour(enum level level)
{
	switch (level) {
	case LEVEL_SAFE:
		return GREEN;
	case LEVEL_AT_RISK:
		return RED;
	default:
		return YELLOW;
	}
}

/* Words up to the margin; the caller has already printed INDENT columns. */
static void print_wrapped(const char *text)
{
	int column = INDENT;
	size_t word;

	while (*text) {
		word = strcspn(text, " ");
		if (column > INDENT && column + (int)word >= LINE_WIDTH) {
			printf("\n%*s", INDENT, "");
			column = INDENT;
		}
		printf("%s%.*s", column > INDENT ? " " : "", (int)word, text);
		column += word + (column > INDENT);
		text += word;
		text += *text == ' ';
	}
	putchar('\n');
}

static const char *concern(const struct finding *finding)
{
	return !strcmp(finding->about, "clock") ? "the clock" :
	       !strcmp(finding->about, "guests") ? "timers of guests here" :
	       finding->about;
}

/* What the findings of the verdict's own level are about: "timers and the clock". */
static void print_concerned(const struct judgement *judgement,
			    const char *sentence)
{
	const struct finding *finding = judgement->findings;
	const char *join = sentence, *boot = "";
	size_t i;

	for (i = 0; i < judgement->count; i++, finding++) {
		if (finding->level != judgement->verdict)
			continue;
		/* The one risk that is not a move's. */
		if (!strcmp(finding->about, "boot")) {
			boot = finding->level == LEVEL_AT_RISK ?
			       "the next boot costs KVM" :
			       "a boot of another kernel costs MSR_KVM_DEADLINE";
			continue;
		}
		printf("%s%s", join, concern(finding));
		join = " and ";
	}
	printf("%s%s", *boot && join != sentence ? "; " : "", boot);
}

static void print_verdict(const struct judgement *judgement)
{
	static const char * const sentences[] = {
		[LEVEL_SAFE]	= "moves between hosts of different TSC rates do no harm here",
		[LEVEL_PARTLY]	= "a move between hosts of different TSC rates does some harm to ",
		[LEVEL_UNKNOWN]	= "not all could be seen",
		[LEVEL_AT_RISK]	= "a move between hosts of different TSC rates breaks ",
	};
	enum level verdict = judgement->verdict;

	printf("%s%s%s%s: ", out_colour(BOLD),
	       out_colour(level_colour(verdict)), level_name(verdict),
	       out_colour(PLAIN));
	if (verdict == LEVEL_PARTLY || verdict == LEVEL_AT_RISK)
		print_concerned(judgement, sentences[verdict]);
	else
		fputs(sentences[verdict], stdout);
	printf("\n\n");
}

static void print_finding(const struct finding *finding)
{
	const char * const *advice;

	printf("%s%-*s%s", out_colour(level_colour(finding->level)), INDENT,
	       finding->about, out_colour(PLAIN));
	print_wrapped(finding->reason);
	for (advice = finding->advice; *advice; advice++) {
		printf("%*s", INDENT, "-> ");
		print_wrapped(*advice);
	}
}

static void finding_json(const struct finding *finding)
{
	const char * const *advice;

	out_open(NULL);
	out_text("about", finding->about);
	out_text("level", level_name(finding->level));
	out_text("reason", finding->reason);
	out_list("advice");
	for (advice = finding->advice; *advice; advice++)
		out_text(NULL, *advice);
	out_close();
	out_close();
}

static void judgement_json(const struct judgement *judgement,
			   const char *container)
{
	size_t i;

	out_open(NULL);
	out_text("verdict", level_name(judgement->verdict));
	out_number("exit_code", level_exit_code(judgement->verdict));
	out_text("container", container);
	out_list("findings");
	for (i = 0; i < judgement->count; i++)
		finding_json(&judgement->findings[i]);
	out_close();
	out_end();
}

int check_command(const struct options *options)
{
	struct judgement judgement;
	struct facts facts;
	size_t i;

	(void)options;
	facts_look(&facts);
	judge(&facts, &judgement);
	if (out_json) {
		judgement_json(&judgement, facts.container);
	} else {
		print_verdict(&judgement);
		for (i = 0; i < judgement.count; i++)
			print_finding(&judgement.findings[i]);
	}
	return level_exit_code(judgement.verdict);
}
