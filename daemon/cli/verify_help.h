/* How `daicho verify` is called, which is a program of its own, too. */
#ifndef CLI_VERIFY_HELP_H
#define CLI_VERIFY_HELP_H

#include "base/lang.h"

#define VERIFY_HELP_SYNOPSIS "[SOURCE] [--policy FILE | --origin O --genesis H --key FPR] [--checkpoint FILE ...] " \
	"[--time-stamp FILE ...] " \
	"[--ledger-only] [--by-gpg] [--overdue DAYS] [--evidence FILE] [--proof FILE] [--deadline S]"
#define VERIFY_HELP_SUMMARY N_("verify a store, clone, bundle, archive or proof, offline; exit status is the verdict")
#define VERIFY_HELP_OPTIONS \
	N_("  --policy FILE        what you trust: what `daicho init` printed, and more (daicho-policy(5))\n" \
	"  --checkpoint FILE    a checkpoint that came with it, as witnesses have cosigned it; may be repeated\n" \
	"  --time-stamp FILE    an authority's reply (RFC 3161) for one of the checkpoints; may be repeated\n" \
	"  --ledger-only        do not ask for records, only for entries\n" \
	"  --by-gpg             have gpg judge every signature of an entry too, not a sample of them\n" \
	"  --overdue DAYS       OVERDUE is what expired longer ago, and is neither disposed of nor held\n" \
	"  --evidence FILE      of two histories that the ledger signed: write what convicts it into this new file\n" \
	"  --proof FILE         check the proof of one entry; nothing else is needed\n" \
	"  --deadline S         give up after S seconds (3600)\n")

#endif
