package relation

import (
	"bytes"
	"context"
	"slices"
	"strconv"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// nameOf is what the n-th end of a case is called. Whoever does not open the case cannot tell it from chance.
func nameOf(key seal.Key, n int) []byte {
	return key.Derive("opentrm/case-link-name/1", strconv.Itoa(n)).Bytes()
}

func (s *Service) field(l id.Record, column string) []byte {
	return seal.Field{Node: string(s.Cases.Member), Table: "case_link", Row: string(l), Column: column}.AAD()
}

// sealEnd seals what an end holds.
func (s *Service) sealEnd(key seal.Key, l id.Record, name []byte, h held) (End, error) {
	plain, err := frame.Encode(h)
	if err != nil {
		return End{}, err
	}
	defer clear(plain)
	return End{Name: name, Sealed: key.Seal(s.field(l, string(name)), plain)}, nil
}

func (s *Service) openEnd(key seal.Key, l id.Record, e End) (held, error) {
	var h held
	plain, err := key.Open(s.field(l, string(e.Name)), e.Sealed)
	if err != nil {
		return h, fault.Wrap(fault.Internal, "relation.kept", err)
	}
	defer clear(plain)
	if err := frame.Decode(plain, len(plain), &h); err != nil {
		return h, fault.Wrap(fault.Internal, "relation.kept", err)
	}
	return h, nil
}

// sealBody seals what the link says. It is padded: its size does not tell what it says. The version of the row does not bind it: new
// keys of one case raise that, and whoever gives them need not be able to open the other.
func (s *Service) sealBody(key seal.Key, l id.Record, x Link) ([]byte, error) {
	if err := x.Check(); err != nil {
		return nil, err
	}
	plain, err := frame.Encode(x)
	if err != nil {
		return nil, err
	}
	return key.Seal(s.field(l, "body"), seal.Pad(plain)), nil
}

func (s *Service) openBody(key seal.Key, r Row) (Link, error) {
	var x Link
	plain, err := key.Open(s.field(r.ID, "body"), r.Body)
	if err == nil {
		plain, err = seal.Unpad(plain)
	}
	if err == nil {
		err = frame.Decode(plain, len(plain), &x)
	}
	if err != nil {
		return x, fault.Wrap(fault.Internal, "relation.kept", err)
	}
	return x, nil
}

// joined is the key of the body, from the halves of both ends.
func joined(a, b held) (seal.Key, error) {
	secret, err := seal.Combine([][]byte{a.Share, b.Share})
	if err != nil {
		return seal.Key{}, fault.Wrap(fault.Internal, "relation.kept", err)
	}
	defer clear(secret)
	return seal.ParseKey(secret)
}

// ends finds the links of a case, the first first, and how many there are. Mine is which end of a row is this case's.
func ends(ctx context.Context, tx Tx, key seal.Key) (all []Row, mine []int, err error) {
	d, err := Shipped()
	if err != nil {
		return nil, nil, err
	}
	for n := range d.Most {
		name := nameOf(key, n)
		r, err := tx.CaseLinkCalled(ctx, name)
		if fault.Is(err, fault.NotFound) {
			return all, mine, nil
		}
		if err != nil {
			return nil, nil, err
		}
		all = append(all, r)
		mine = append(mine, slices.IndexFunc(r.Ends[:], func(e End) bool { return bytes.Equal(e.Name, name) }))
	}
	return all, mine, nil
}

// Rekeyed calls and seals the ends of a case anew that gets new keys.
//
// It fails with [fault.Internal] if a link was tampered with.
func (s *Service) Rekeyed(ctx context.Context, tx Tx, old, fresh seal.Key) error {
	all, mine, err := ends(ctx, tx, old)
	if err != nil {
		return err
	}
	for n, r := range all {
		h, err := s.openEnd(old, r.ID, r.Ends[mine[n]])
		if err != nil {
			return err
		}
		end, err := s.sealEnd(fresh, r.ID, nameOf(fresh, n), h)
		if err != nil {
			return err
		}
		r.Ends[mine[n]] = end
		if err := tx.SetCaseLink(ctx, inOrder(r)); err != nil {
			return err
		}
	}
	return nil
}

// inOrder puts the ends in the order of their names.
func inOrder(r Row) Row {
	if bytes.Compare(r.Ends[0].Name, r.Ends[1].Name) > 0 {
		r.Ends[0], r.Ends[1] = r.Ends[1], r.Ends[0]
	}
	return r
}
