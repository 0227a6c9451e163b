package audit_test

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
)

// memory keeps a log in memory, as a real store keeps it: inserts only, one head per epoch.
type memory struct {
	heads        []audit.Head
	blocks       map[audit.Place][]byte
	payloads     []audit.Payload
	checkpoints  []audit.Checkpoint
	cosignatures []audit.Cosignature
	epochs       []string

	observed map[id.Member]audit.Observed
	seen     map[id.Member]map[audit.Place]audit.Seen
	forks    []audit.Fork
}

func newMemory() *memory {
	return &memory{
		blocks:   map[audit.Place][]byte{},
		observed: map[id.Member]audit.Observed{},
		seen:     map[id.Member]map[audit.Place]audit.Seen{},
	}
}

// clone copies m deeply enough for a copy to be tampered with, or to serve as a backup.
func (m *memory) clone() *memory {
	c := newMemory()
	for _, h := range m.heads {
		h.Edge = bytes.Clone(h.Edge)
		c.heads = append(c.heads, h)
	}
	for at, b := range m.blocks {
		c.blocks[at] = bytes.Clone(b)
	}
	for _, p := range m.payloads {
		c.payloads = append(c.payloads, audit.Payload{At: p.At, Salt: bytes.Clone(p.Salt), Data: bytes.Clone(p.Data)})
	}
	c.checkpoints = slices.Clone(m.checkpoints)
	c.cosignatures = slices.Clone(m.cosignatures)
	c.epochs = slices.Clone(m.epochs)
	return c
}

func (m *memory) AuditHead(context.Context) (audit.Head, error) {
	if len(m.heads) == 0 {
		return audit.Head{}, nil
	}
	return m.heads[len(m.heads)-1], nil
}

func (m *memory) ExtendAudit(_ context.Context, h audit.Head, blocks []audit.Block, payloads []audit.Payload) error {
	for _, b := range blocks {
		if _, there := m.blocks[b.At]; there {
			return fault.New(fault.Conflict, "store.audit.block")
		}
		m.blocks[b.At] = b.Hashes
	}
	for _, p := range payloads {
		if n := len(m.payloads); n > 0 && m.payloads[n-1].At >= p.At {
			return fault.New(fault.Conflict, "store.audit.payload")
		}
		m.payloads = append(m.payloads, p)
	}
	if n := len(m.heads); n > 0 && m.heads[n-1].Epoch == h.Epoch {
		m.heads[n-1] = h
	} else {
		m.heads = append(m.heads, h)
	}
	return nil
}

func (m *memory) AuditHeads(context.Context) ([]audit.Head, error) { return m.heads, nil }

func (m *memory) AuditBlocks(_ context.Context, at []audit.Place) ([][]byte, error) {
	out := make([][]byte, len(at))
	for i, p := range at {
		out[i] = m.blocks[p]
	}
	return out, nil
}

func between[T any](all []T, at func(T) audit.Place, from, to audit.Place, limit int) []T {
	var out []T
	i, _ := slices.BinarySearchFunc(all, from, func(x T, p audit.Place) int { return cmp.Compare(at(x), p) })
	for ; i < len(all) && at(all[i]) < to && len(out) < limit; i++ {
		out = append(out, all[i])
	}
	return out
}

func (m *memory) AuditPayloads(_ context.Context, from, to audit.Place, limit int) ([]audit.Payload, error) {
	return between(m.payloads, func(p audit.Payload) audit.Place { return p.At }, from, to, limit), nil
}

func (m *memory) AuditCheckpoints(_ context.Context, from, to audit.Place, limit int) ([]audit.Checkpoint, error) {
	return between(m.checkpoints, func(c audit.Checkpoint) audit.Place { return c.At }, from, to, limit), nil
}

func (m *memory) AuditCosignatures(_ context.Context, from, to audit.Place, limit int) ([]audit.Cosignature, error) {
	return between(m.cosignatures, func(c audit.Cosignature) audit.Place { return c.At }, from, to, limit), nil
}

func (m *memory) AuditEpochs(context.Context) ([]string, error) { return m.epochs, nil }

func (m *memory) AddAuditCheckpoint(_ context.Context, c audit.Checkpoint) error {
	if n := len(m.checkpoints); n == 0 || m.checkpoints[n-1].At < c.At {
		m.checkpoints = append(m.checkpoints, c)
	}
	return nil
}

func (m *memory) AddAuditCosignature(_ context.Context, c audit.Cosignature) error {
	m.cosignatures = append(m.cosignatures, c)
	slices.SortFunc(m.cosignatures, func(a, b audit.Cosignature) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Member, b.Member))
	})
	m.cosignatures = slices.CompactFunc(m.cosignatures, func(a, b audit.Cosignature) bool { return a.At == b.At && a.Member == b.Member })
	return nil
}

func (m *memory) AddAuditEpoch(_ context.Context, _ int64, note string) error {
	m.epochs = append(m.epochs, note)
	return nil
}

func (m *memory) EraseAuditPayloads(_ context.Context, at []audit.Place) (int64, error) {
	before := len(m.payloads)
	m.payloads = slices.DeleteFunc(m.payloads, func(p audit.Payload) bool { return slices.Contains(at, p.At) })
	return int64(before - len(m.payloads)), nil
}

func (m *memory) AuditObserved(_ context.Context, member id.Member) (audit.Observed, error) {
	o := m.observed[member]
	o.Member = member
	return o, nil
}

func (m *memory) SetAuditObserved(_ context.Context, o audit.Observed) error {
	m.observed[o.Member] = o
	return nil
}

func (m *memory) AuditSeen(_ context.Context, member id.Member, at audit.Place) (audit.Seen, error) {
	return m.seen[member][at], nil
}

func (m *memory) SetAuditSeen(_ context.Context, s audit.Seen) error {
	if m.seen[s.Member] == nil {
		m.seen[s.Member] = map[audit.Place]audit.Seen{}
	}
	m.seen[s.Member][s.At] = s
	return nil
}

func (m *memory) AuditUnproven(_ context.Context, member id.Member, limit int) ([]audit.Seen, error) {
	var out []audit.Seen
	for _, s := range m.seen[member] {
		if !s.Proven {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b audit.Seen) int { return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.At, b.At)) })
	return out[:min(len(out), limit)], nil
}

func (m *memory) AddAuditFork(_ context.Context, f audit.Fork) (bool, error) {
	known := slices.Contains(m.forks, f)
	if !known {
		m.forks = append(m.forks, f)
	}
	return known, nil
}

func (m *memory) AuditForks(_ context.Context, of id.Member, limit int) ([]audit.Fork, error) {
	var out []audit.Fork
	for _, f := range m.forks {
		if of == "" || f.Member == of {
			out = append(out, f)
		}
	}
	return out[:min(len(out), limit)], nil
}

var (
	_ audit.Tx        = (*memory)(nil)
	_ audit.Reader    = (*memory)(nil)
	_ audit.Keeper    = (*memory)(nil)
	_ audit.WitnessTx = (*memory)(nil)
	_ audit.Eraser    = (*memory)(nil)
)
