/*
 * Signer: the only role near the key. It signs nothing that it has not itself parsed as the next entry of the ledger,
 * or as the checksum line of an archive.
 */
#ifndef SIGNER_SIGNER_H
#define SIGNER_SIGNER_H

/* argv: "signer", key home, fingerprint for entries, fingerprint for archives, file of refs/heads/ledger, and "fresh"
 * when an agent that hangs is to be ended first. Descriptor 3 is the keeper. Returns an exit status. */
int signer_main(int argc, char **argv);

#endif
