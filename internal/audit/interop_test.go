package audit_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	flog "github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	fproof "github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
)

// tileClient reads our tiles as any c2sp.org/tlog-tiles client does, through x/mod.
type tileClient struct {
	view  *audit.View
	under audit.Place
	read  int
}

func (c *tileClient) Height() int { return 8 }

func (c *tileClient) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		b, err := c.view.Tile(context.Background(), c.under, path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		c.read++
		out = append(out, b)
	}
	return out, nil
}

func (c *tileClient) SaveTiles([]tlog.Tile, [][]byte) {}

// TestPublicToolsReadTheTiles gives an x/mod client nothing but tiles and a checkpoint.
func TestPublicToolsReadTheTiles(t *testing.T) {
	ctx := context.Background()
	mk := network(t, "MK")["MK"]
	for range 80 {
		mk.do(1000)
	}
	c := mk.publish() // 80,000: three levels of tiles
	mk.do(5)          // not published, so not served
	vkey, err := note.NewEd25519VerifierKey("opentrm/MK/log/1", public(mk.log))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	parsed, _, _, err := flog.ParseCheckpoint([]byte(c.Note), "opentrm/MK/log/1", verifier)
	if err != nil {
		t.Fatal(err)
	}
	size := int64(parsed.Size)
	if size != c.At.Index() || size != 80000 {
		t.Fatalf("size %d", size)
	}
	tree := tlog.Tree{N: size, Hash: tlog.Hash(parsed.Hash)}
	client := &tileClient{view: mk.look(), under: c.At}
	reader := tlog.TileHashReader(tree, client) // verifies every tile against the root
	for _, n := range []int64{0, 1, 255, 256, 65535, 65536, 79871, 79999} {
		leaf, err := client.view.LeafAt(ctx, audit.At(1, n))
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := tlog.ProveRecord(size, n, reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(theirs, size, tree.Hash, n, tlog.RecordHash(leaf[:])); err != nil {
			t.Errorf("leaf %d by tiles: %v", n, err)
		}
		ours, err := client.view.Prove(ctx, audit.At(1, n), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(ours.Hashes, size, tree.Hash, n, tlog.RecordHash(leaf[:])); err != nil {
			t.Errorf("leaf %d by our proof: %v", n, err)
		}
		var public fproof.TLogProof
		if err := public.Unmarshal([]byte(ours.Text())); err != nil || public.Index != uint64(n) || string(public.Marshal()) != ours.Text() {
			t.Errorf("our proof in their reading: %+v, %v", public, err)
		}
		bundle, err := client.view.Tile(ctx, c.At, strings.Replace(tlog.Tile{H: 8, L: 0, N: n / 256, W: width(size, n/256)}.Path(), "tile/8/0/", "tile/entries/", 1))
		if err != nil {
			t.Fatal(err)
		}
		entry := bundle[34*(n%256):]
		if binary.BigEndian.Uint16(entry) != 32 || audit.Leaf(entry[2:34]) != leaf {
			t.Errorf("entry %d of the bundle is %x, want %x", n, entry[:34], leaf)
		}
	}
	if client.read == 0 {
		t.Error("no tile was read")
	}
}

func width(size, n int64) int { return int(min(256, size-n*256)) }

func TestTilesBeyondTheCheckpointAreMissing(t *testing.T) {
	mk := network(t, "MK")["MK"]
	mk.do(300)
	c := mk.publish() // 320
	mk.do(300)
	v := mk.look()
	for _, path := range []string{
		"", "tile", "tile/", "checkpoint", "tile/0/001", "tile/0/001.p/65", "tile/0/002.p/1", "tile/1/000", "tile/1/000.p/2", "tile/2/000.p/1",
		"tile/0/0", "tile/0/-01", "tile/64/000", "tile/9/000.p/1", "tile/entries/001", "tile/entries/entries/000", "tile/data/000", "tile/0/000/",
		"tile/8/0/000", "../0/000", "tile/0/x036/x028/x797/x018/x963/968", "tile/0/x999/x999/x999/x999/x999/x999/999",
	} {
		if b, err := v.Tile(context.Background(), c.At, path); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %d bytes, %v", path, len(b), err)
		}
	}
	for path, size := range map[string]int{"tile/0/000": 8192, "tile/0/001.p/64": 2048, "tile/0/001.p/3": 96, "tile/1/000.p/1": 32, "tile/entries/001.p/64": 64 * 34} {
		if b, err := v.Tile(context.Background(), c.At, path); err != nil || len(b) != size {
			t.Errorf("%q: %d bytes, %v", path, len(b), err)
		}
	}
}

// TestPublicToolsVerifyCosignatures checks a checkpoint with three cosignatures by formats/note alone.
func TestPublicToolsVerifyCosignatures(t *testing.T) {
	nodes := storied(t)
	mk := nodes["MK"]
	cosignatures, err := mk.AuditCosignatures(context.Background(), 0, audit.At(2, 0), 100)
	if err != nil {
		t.Fatal(err)
	}
	c := mk.checkpoints[0]
	var verifiers []note.Verifier
	for _, m := range []*node{nodes["RS"], nodes["AL"], nodes["MD"]} {
		vkey, err := note.NewEd25519VerifierKey("opentrm/"+string(m.member)+"/witness", public(m.wit))
		if err != nil {
			t.Fatal(err)
		}
		v, err := fnote.NewVerifierForCosignatureV1(vkey)
		if err != nil {
			t.Fatal(err)
		}
		verifiers = append(verifiers, v)
	}
	n, err := note.Open([]byte(c.Joined(cosignatures)), note.VerifierList(verifiers...))
	if err != nil || len(n.Sigs) != 3 || len(n.UnverifiedSigs) != 1 {
		t.Fatalf("%+v, %v", n, err)
	}
	for _, s := range n.Sigs {
		if at, err := fnote.CoSigV1Timestamp(s); err != nil || !at.Equal(noon) {
			t.Errorf("%s cosigned at %v, %v", s.Name, at, err)
		}
	}
	proof, err := mk.look().Prove(context.Background(), audit.At(1, 3), c, cosignatures)
	if err != nil {
		t.Fatal(err)
	}
	again, err := audit.ParseProof(proof.Text())
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := mk.look().LeafAt(context.Background(), audit.At(1, 3)) // its payload was erased
	if err != nil {
		t.Fatal(err)
	}
	if s, err := again.Check(leaf, mk.roster); err != nil || s.At() != c.At {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := again.Check(sha256.Sum256(nil), mk.roster); !fault.Is(err, fault.Denied) {
		t.Errorf("another leaf: %v", err)
	}
}
