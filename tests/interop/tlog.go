// Tlog checks what daicho proves and exports with golang.org/x/mod/sumdb: another implementation of signed notes, of
// the tree of RFC 6962 and of tiles.
//
//	tlog checkpoint KEY FILE          a signed checkpoint; prints size and root
//	tlog proof KEY FILE               a proof of one entry; prints its number
//	tlog consistency KEY OLD REQUEST  that one checkpoint goes on from another
//	tlog log KEY FOLDER               an exported log: every tile, every entry; prints the size
//	tlog cosign SEED NAME FILE        a witness: the key and a cosignature of a checkpoint
//	tlog cosigned KEY FILE            a checkpoint with the cosignature of a witness; prints its time
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

func main() {
	if len(os.Args) < 4 {
		fail(errors.New("what, a key and a file are wanted"))
	}
	run, ok := commands[os.Args[1]]
	if !ok {
		fail(errors.New(os.Args[1] + ": unknown"))
	}
	if err := run(os.Args[2], os.Args[3:]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "tlog:", err)
	os.Exit(2)
}

var commands = map[string]func(key string, args []string) error{
	"checkpoint":  checkCheckpoint,
	"proof":       checkProof,
	"consistency": checkConsistency,
	"log":         checkLog,
	"cosign":      cosign,
	"cosigned":    checkCosigned,
}

// open verifies a signed checkpoint; its origin has to be the name of the key.
func open(vkey string, signed []byte) (tlog.Tree, error) {
	var tree tlog.Tree
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	n, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tree, errors.New("not a checkpoint of this origin")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

func openFile(vkey, path string) (tlog.Tree, error) {
	signed, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	return open(vkey, signed)
}

func checkCheckpoint(vkey string, args []string) error {
	tree, err := openFile(vkey, args[0])
	if err != nil {
		return err
	}
	fmt.Println(tree.N, tree.Hash)
	return nil
}

// cut splits a text at its first empty line.
func cut(text []byte) ([]string, []byte, error) {
	head, rest, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok {
		return nil, nil, errors.New("no empty line")
	}
	return strings.Split(string(head), "\n"), rest, nil
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, line := range lines {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, h)
	}
	return hashes, nil
}

func checkProof(vkey string, args []string) error {
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	lines, signed, err := cut(text)
	if err != nil || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a proof")
	}
	tree, err := open(vkey, signed)
	if err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return err
	}
	var extra struct{ Leaf, Record string }
	if err := json.Unmarshal(raw, &extra); err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	path, err := parseHashes(lines[3:])
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash([]byte(extra.Leaf))); err != nil {
		return err
	}
	if digest := fmt.Sprintf("\nRecord: sha256:%x\n", sha256.Sum256([]byte(extra.Record))); extra.Record != "" &&
		!strings.Contains(extra.Leaf, digest) {
		return errors.New("another record than the leaf names")
	}
	fmt.Println(index)
	return nil
}

func checkConsistency(vkey string, args []string) error {
	old, err := openFile(vkey, args[0])
	if err != nil {
		return err
	}
	text, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	lines, signed, err := cut(text)
	if err != nil {
		return err
	}
	tree, err := open(vkey, signed)
	if err != nil {
		return err
	}
	proof, err := parseHashes(lines[1:])
	if err != nil {
		return err
	}
	if lines[0] != "old "+strconv.FormatInt(old.N, 10) {
		return errors.New("not from the older checkpoint on")
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return err
	}
	fmt.Println(old.N, tree.N)
	return nil
}

// reader reads tiles of C2SP, whose paths lack the height.
type reader struct{ folder string }

func (r reader) Height() int { return 8 }

func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		path := strings.Replace(t.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(r.folder, path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (r reader) SaveTiles([]tlog.Tile, [][]byte) {}

// readBundle gives the entries of a bundle.
func readBundle(folder string, n, w int64) ([][]byte, error) {
	t := tlog.Tile{H: 8, L: -1, N: n, W: int(w)}
	path := strings.Replace(t.Path(), "tile/8/data/", "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(folder, path))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, errors.New("a bundle is cut short")
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if int64(len(entries)) != w {
		return nil, errors.New("a bundle has another number of entries")
	}
	return entries, nil
}

// checkLog recomputes the tree from its entries, and proves each of them by the tiles.
func checkLog(vkey string, args []string) error {
	folder := args[0]
	tree, err := openFile(vkey, filepath.Join(folder, "checkpoint"))
	if err != nil {
		return err
	}
	tiles := tlog.TileHashReader(tree, reader{folder})
	if root, err := tlog.TreeHash(tree.N, tiles); err != nil || root != tree.Hash {
		return fmt.Errorf("the tiles give another root (%v)", err)
	}
	var stored []tlog.Hash
	own := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var list []tlog.Hash
		for _, i := range indexes {
			list = append(list, stored[i])
		}
		return list, nil
	})
	for first := int64(0); first < tree.N; first += width {
		w := tree.N - first
		if w > width {
			w = width
		}
		entries, err := readBundle(folder, first/width, w)
		if err != nil {
			return err
		}
		for i, entry := range entries {
			hashes, err := tlog.StoredHashes(first+int64(i), entry, own)
			if err != nil {
				return err
			}
			stored = append(stored, hashes...)
			proof, err := tlog.ProveRecord(tree.N, first+int64(i), tiles)
			if err != nil {
				return err
			}
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, first+int64(i), tlog.RecordHash(entry)); err != nil {
				return err
			}
		}
	}
	if root, err := tlog.TreeHash(tree.N, own); err != nil || root != tree.Hash {
		return fmt.Errorf("the entries give another root (%v)", err)
	}
	fmt.Println(tree.N)
	return nil
}

// cosign answers as a witness does (C2SP tlog-cosignature): key on one line, then the signature line.
func cosign(seed string, args []string) error {
	if len(args) != 3 {
		return errors.New("a name, a checkpoint and a time are wanted")
	}
	signed, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	at, err := strconv.ParseUint(args[2], 10, 64)
	if err != nil {
		return err
	}
	text := signed[:bytes.LastIndex(signed, []byte("\n\n"))+1]
	sum := sha256.Sum256([]byte(seed))
	secret := ed25519.NewKeyFromSeed(sum[:])
	public := append([]byte{4}, secret.Public().(ed25519.PublicKey)...)
	id := sha256.Sum256(append([]byte(args[0]+"\n"), public...))
	sig := binary.BigEndian.AppendUint64(append([]byte{}, id[:4]...), at)
	sig = append(sig, ed25519.Sign(secret, append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", at)), text...))...)
	fmt.Printf("%s+%x+%s\n", args[0], id[:4], base64.StdEncoding.EncodeToString(public))
	fmt.Printf("— %s %s\n", args[0], base64.StdEncoding.EncodeToString(sig))
	return nil
}

// witness verifies cosignatures of C2SP tlog-cosignature, as signatures of a note.
type witness struct {
	name string
	id   uint32
	key  ed25519.PublicKey
	time *uint64
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.id }
func (w witness) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	*w.time = binary.BigEndian.Uint64(sig)
	message := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", *w.time)), text...)
	return ed25519.Verify(w.key, message, sig[8:])
}

func checkCosigned(vkey string, args []string) error {
	parts := strings.SplitN(vkey, "+", 3)
	if len(args) != 1 || len(parts) != 3 {
		return errors.New("the key of a witness and a checkpoint are wanted")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return errors.New("not the key of a witness")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if fmt.Sprintf("%x", sum[:4]) != parts[1] {
		return errors.New("the key has another id")
	}
	signed, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var at uint64
	w := witness{parts[0], binary.BigEndian.Uint32(sum[:4]), key[1:], &at}
	if _, err := note.Open(signed, note.VerifierList(w)); err != nil {
		return err
	}
	fmt.Println(at)
	return nil
}
