#include <inttypes.h>

#include "ledger/archive_impl.h"

static const char japanese[] =
	"このファイルの調べ方（tar、sha256sum、gpg のほかに何も要りません）\n"
	"\n"
	"1. 全体\n"
	"   sha256sum -c NAME.sha256                       NAME.tar が変わっていないこと\n"
	"   gpg --import NAME/data/keys/*.asc              台帳の公開鍵。指紋は、台帳の外で控えたものと必ず照合すること\n"
	"   gpg --verify NAME.sha256.asc NAME.sha256       書庫の鍵による署名\n"
	"2. 中身（tar -xf NAME.tar の後、フォルダ NAME の中で）\n"
	"   sha256sum -c manifest-sha256.txt\n"
	"   sha256sum -c tagmanifest-sha256.txt\n"
	"3. 文書ごと（data/ の12桁の番号のフォルダの中で）\n"
	"   note.txt が文書です。sha256sum note.txt の値は leaf.txt の Record: の行と一致します。\n"
	"   attachment-1 などは添付です。sha256sum の値は note.txt の Attachment: の行の2番目の値と一致し、\n"
	"   tail -n +2 attachment-1 で元のファイルになります。\n"
	"4. 署名（同じフォルダの中で）\n"
	"   commit.txt は台帳の署名付きコミットそのもの、leaf.txt はその本文です。\n";

static const char english[] =
	"How to check this (with tar, sha256sum and gpg alone)\n"
	"\n"
	"1. The whole\n"
	"   sha256sum -c NAME.sha256                       NAME.tar is as it was\n"
	"   gpg --import NAME/data/keys/*.asc              public keys of the ledger: compare their fingerprints with\n"
	"                                                  those that you noted outside of the ledger\n"
	"   gpg --verify NAME.sha256.asc NAME.sha256       signed by the archive key\n"
	"2. What is in it (after tar -xf NAME.tar, in the folder NAME)\n"
	"   sha256sum -c manifest-sha256.txt\n"
	"   sha256sum -c tagmanifest-sha256.txt\n"
	"3. Each record (in its folder of twelve digits below data/)\n"
	"   note.txt is the record. sha256sum note.txt gives the digest in the line Record: of leaf.txt.\n"
	"   attachment-1 and so on are what was attached: sha256sum gives the second digest in the line Attachment: of\n"
	"   note.txt, and tail -n +2 attachment-1 gives back the file itself.\n"
	"4. Its signature (in the same folder)\n"
	"   commit.txt is the signed commit of the ledger as it is, leaf.txt is its message.\n";

static const char commands[] =
	"   sed '1,/^$/d' commit.txt | cmp - leaf.txt\n"
	"   sed '/^gpgsig /,/^ -----END PGP SIGNATURE-----$/d' commit.txt > payload\n"
	"   sed -n '/^gpgsig /,/^ -----END PGP SIGNATURE-----$/p' commit.txt | sed 's/^gpgsig //; s/^ //' > signature.asc\n"
	"   gpg --verify signature.asc payload\n";

static void print_proof_japanese(struct buf *out, uint64_t size)
{
	buf_puts(out, "5. 台帳の中の位置（同じフォルダの中で）\n"
	              "   (printf '\\000'; cat leaf.txt) | sha256sum    proof.txt の Leaf: の値になります。\n");
	buf_printf(out, "   proof.txt の値の列は、RFC 6962 2.1.1 のとおりに Leaf から Root を導きます。その Root は台帳の\n"
	                "   %" PRIu64 " 番の記載の Root: の行にあり、その記載も署名されています。\n", size);
}

static void print_proof_english(struct buf *out, uint64_t size)
{
	buf_puts(out, "5. Its place in the ledger (in the same folder)\n"
	              "   (printf '\\000'; cat leaf.txt) | sha256sum    gives the digest in line Leaf: of proof.txt.\n");
	buf_printf(out, "   The hashes in proof.txt lead from Leaf to Root as RFC 6962, section 2.1.1, says. That Root\n"
	                "   stands in the line Root: of entry %" PRIu64 " of the ledger, which is signed too.\n", size);
}

void archive_readme_print(const char *origin, int base_year, uint64_t records, uint64_t size, struct buf *out)
{
	buf_printf(out, "台帳 %s の文書 %" PRIu64 " 件（起算の年 %d 年）。保存期間が満了し、承認を得て廃棄したものの写しです。\n"
	                "この写しも個人情報を含みます。扱いと期限は、廃棄を承認した者が定めます。\n\n", origin, records, base_year);
	buf_puts(out, japanese);
	buf_puts(out, commands);
	print_proof_japanese(out, size);
	buf_printf(out, "\n--------\n\n%" PRIu64 " record%s of the ledger %s, base year %d: copies of what was\n"
	                "disposed of, by an approved decision, after its retention had expired. They hold personal data\n"
	                "as the records did: who approved the disposal decides who keeps this copy, and until when.\n\n",
	           records, records == 1 ? "" : "s", origin, base_year);
	buf_puts(out, english);
	buf_puts(out, commands);
	print_proof_english(out, size);
}
