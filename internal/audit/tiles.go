package audit

import (
	"context"
	"encoding/binary"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/opentrm/opentrm/internal/fault"
)

const tileHeight = 8

// Tile returns the bytes of a resource of the log as c2sp.org/tlog-tiles names it, relative to the
// prefix of its epoch: "tile/0/x001/067", "tile/1/000.p/5", "tile/entries/003". Entries are the 32 bytes
// of the leaves, which tell nothing; payloads are never served. The resource must lie within the
// checkpoint at a place, so that nothing is shown that was not signed.
//
// It fails with [fault.NotFound] if there is no such resource under that checkpoint, with
// [fault.Internal] if a block is missing or damaged, and as the reader fails.
func (v *View) Tile(ctx context.Context, under Place, path string) ([]byte, error) {
	t, err := v.tree(under)
	if err != nil {
		return nil, err
	}
	rest, ok := strings.CutPrefix(path, "tile/")
	missing := fault.New(fault.NotFound, "audit.tile.missing")
	if !ok || len(path) > 64 {
		return nil, missing
	}
	entries := false
	if bundle, ok := strings.CutPrefix(rest, "entries/"); ok {
		entries, rest = true, "0/"+bundle
	}
	tile, err := tlog.ParseTilePath("tile/8/" + rest)
	if err != nil || tile.H != tileHeight || tile.L < 0 || tile.L*tileHeight >= indexBits {
		return nil, missing
	}
	have := under.Index() >> (tile.L * tileHeight)
	if tile.N > have>>tileHeight || tile.N<<tileHeight+int64(tile.W) > have {
		return nil, missing
	}
	if !entries {
		return tlog.ReadTileData(tile, v.hashes(ctx, t))
	}
	leaves, err := v.leaves(ctx, t, tile.N<<tileHeight, tile.N<<tileHeight+int64(tile.W))
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, l := range leaves {
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(l))), l[:]...)
	}
	return out, nil
}

// LeafAt returns the leaf at a place.
//
// It fails as [View.Root] does.
func (v *View) LeafAt(ctx context.Context, at Place) (Leaf, error) {
	t, err := v.tree(at + 1)
	if err != nil {
		return Leaf{}, err
	}
	l, err := v.leaves(ctx, t, at.Index(), at.Index()+1)
	if err != nil {
		return Leaf{}, err
	}
	return Leaf(l[0]), nil
}

// leaves returns the leaves [from, to) of t, which must be there.
func (v *View) leaves(ctx context.Context, t *tree, from, to int64) ([]tlog.Hash, error) {
	full := t.size / blockWidth
	var need []Place
	for b := from / blockWidth; b <= (to-1)/blockWidth && b < full; b++ {
		need = append(need, blockPlace(t.epoch, 0, b))
	}
	got, err := v.reader.AuditBlocks(ctx, need)
	if err != nil {
		return nil, err
	}
	var all []tlog.Hash
	for i := range need {
		if i >= len(got) || len(got[i]) != blockSize {
			return nil, fault.New(fault.Internal, "audit.block.damaged")
		}
		all = append(all, unpack(got[i])...)
	}
	if (to-1)/blockWidth >= full {
		all = append(all, t.openAt(0)...)
	}
	skip := from % blockWidth
	return all[skip : skip+to-from], nil
}
