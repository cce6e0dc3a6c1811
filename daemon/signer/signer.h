/*
 * Signer: the only role near the key. It signs nothing that it has not itself parsed as the next entry of the ledger,
 * as the checksum line of an archive, or as the checkpoint of the ledger as it stands.
 */
#ifndef SIGNER_SIGNER_H
#define SIGNER_SIGNER_H

/* argv: "signer", key home, file of refs/heads/ledger, the keys for entries, for archives and for checkpoints, the file
 * with their passphrase or "-", and "fresh" when an agent that hangs is to be ended first. Keys: fingerprints with
 * commas between, of which the first that the home has is taken; "-" = none. Descriptor 3 is the keeper. Returns an
 * exit status. */
int signer_main(int argc, char **argv);

#endif
