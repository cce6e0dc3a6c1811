/* `daicho verify`, which is a program of its own, too. */
#ifndef CLI_CMD_VERIFY_H
#define CLI_CMD_VERIFY_H

#include "cli/program.h"

#define CMD_VERIFY_SYNOPSIS "[SOURCE] [--policy FILE | --origin O --genesis H --key FPR] [--checkpoint FILE ...] " \
	"[--ledger-only] [--overdue DAYS] [--evidence FILE] [--proof FILE] [--deadline S]"
#define CMD_VERIFY_SUMMARY N_("verify a store, clone, bundle, archive or proof, offline; exit status is the verdict")
#define CMD_VERIFY_HELP \
	N_("  --policy FILE        what you trust: what `daicho init` printed, and more (daicho-policy(5))\n" \
	"  --checkpoint FILE    a checkpoint that came with it, as witnesses have cosigned it; may be repeated\n" \
	"  --ledger-only        do not ask for records, only for entries\n" \
	"  --overdue DAYS       OVERDUE is what expired longer ago, and is neither disposed of nor held\n" \
	"  --evidence FILE      of two histories that the ledger signed: write what convicts it into this new file\n" \
	"  --proof FILE         check the proof of one entry; nothing else is needed\n" \
	"  --deadline S         give up after S seconds (3600)\n")

program_fn cmd_verify;

#endif
