package keyring

import (
	"context"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

const (
	settingMarks = "node.marks"
	infoMarks    = "opentrm/marks/1"
	infoMark     = "opentrm/row-mark/1"
)

func marksAAD(member id.Member) []byte { return frame.JoinText(infoMarks, string(member)) }

// Marks recognises rows of files that were imported. Whoever has the database and not node.secret cannot try whether a
// row that he guesses was among them.
type Marks struct{ key seal.Key }

// Of returns the mark of what: 32 bytes. The parts are told apart, so that ("ab", "c") differs from ("a", "bc").
func (m Marks) Of(what ...string) []byte {
	k := m.key.Derive(infoMark, what...)
	defer k.Wipe()
	return k.Bytes()
}

// Prove returns the mark of what as text: that this node wrote it, which nobody can who has the database alone.
func (m Marks) Prove(what ...string) string {
	text, _ := seal.Blob(m.Of(what...)).MarshalText() // it does not fail
	return string(text)
}

// Proves reports whether proof is what [Marks.Prove] gave for the same.
func (m Marks) Proves(proof string, what ...string) bool {
	return proof != "" && seal.Same([]byte(proof), []byte(m.Prove(what...)))
}

// MarksIn returns the marks of this node. The key is drawn at first use and rests under node.secret, and it stays the same
// when that is changed: a file that was imported before is known afterwards.
//
// It fails with [fault.Locked] if node.secret is not the one under which it rests.
func (s *Service) MarksIn(ctx context.Context, tx PepperTx) (Marks, error) {
	raw, err := tx.Setting(ctx, settingMarks)
	if fault.Is(err, fault.NotFound) {
		key := seal.NewKey(s.Rand)
		return Marks{key}, tx.SetSetting(ctx, settingMarks, s.Secret.Dedup().Wrap(key, marksAAD(s.Node)))
	}
	if err != nil {
		return Marks{}, err
	}
	key, err := s.Secret.Dedup().Unwrap(raw, marksAAD(s.Node))
	if err != nil {
		return Marks{}, fault.Wrap(fault.Locked, "keyring.node.secret", err)
	}
	return Marks{key}, nil
}

// marks moves the key of [Marks] to another secret.
func (c *SecretChange) marks(ctx context.Context, tx SecretTx) error {
	raw, err := tx.Setting(ctx, settingMarks)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	key, err := c.Old.Dedup().Unwrap(raw, marksAAD(c.Member))
	if err != nil {
		return fault.Wrap(fault.Locked, "keyring.node.secret", err)
	}
	defer key.Wipe()
	return tx.SetSetting(ctx, settingMarks, c.New.Dedup().Wrap(key, marksAAD(c.Member)))
}
