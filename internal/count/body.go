package count

import (
	"slices"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// step says what an envelope of the kind is for.
type step string

const (
	said step = "said" // the run sheet, and what was said
	data step = "data" // a part of what a message names
)

// partSize is how many bytes of data travel in one envelope.
const partSize = 512 << 10

const (
	digestSize = 32      // SHA-256
	mostSize   = 1 << 40 // of what is sent in parts
)

// body is the body of a control of the kind: spec/veil-count.md 11.
type body struct {
	Step   step          `json:"step"`
	Run    string        `json:"run"`
	Sheet  seal.Blob     `json:"sheet"`  // of said; else empty
	Said   []veil.Signed `json:"said"`   // of said; else empty
	Of     string        `json:"of"`     // of data: the step in which it was named; else empty
	Digest seal.Blob     `json:"digest"` // of data: SHA-256 of the whole; else empty
	Size   int64         `json:"size"`   // of data: bytes of the whole; else 0
	Part   int64         `json:"part"`   // of data: from 0; else 0
	Data   seal.Blob     `json:"data"`   // of data: the bytes of the part; else empty
}

// parseBody reads the body of a control strictly.
//
// It fails with [fault.Invalid].
func parseBody(c envelope.Control) (body, error) {
	var b body
	if err := c.DecodeBody(&b); err != nil {
		return body{}, err
	}
	if _, err := id.ParseRandom[id.Thread](b.Run); err != nil {
		return body{}, envelope.WrongBody("run")
	}
	if b.Said == nil || slices.ContainsFunc(b.Said, func(s veil.Signed) bool { return s.Signature.IsZero() }) {
		return body{}, envelope.WrongBody("said")
	}
	switch b.Step {
	case said:
		switch {
		case len(b.Sheet) == 0 || len(b.Sheet) > veil.MaxSheet:
			return body{}, envelope.WrongBody("sheet")
		case len(b.Said) == 0:
			return body{}, envelope.WrongBody("said")
		case b.Of != "" || len(b.Digest) > 0 || b.Size != 0 || b.Part != 0 || len(b.Data) > 0:
			return body{}, envelope.WrongBody("data")
		}
		return b, nil
	case data:
		switch {
		case len(b.Sheet) > 0 || len(b.Said) > 0:
			return body{}, envelope.WrongBody("said")
		case b.Of != veil.StepBatch && b.Of != veil.StepMix && b.Of != veil.StepUncover:
			return body{}, envelope.WrongBody("of")
		case len(b.Digest) != digestSize:
			return body{}, envelope.WrongBody("digest")
		case b.Size < 1 || b.Size > mostSize:
			return body{}, envelope.WrongBody("size")
		case b.Part < 0 || b.Part > mostSize/partSize:
			return body{}, envelope.WrongBody("part")
		case len(b.Data) == 0 || len(b.Data) > partSize:
			return body{}, envelope.WrongBody("data")
		}
		return b, nil
	}
	return body{}, envelope.WrongBody("step")
}

// fits reports whether the part is one of the whole, and as long as it must be.
func (b *body) fits() bool {
	return b.Part*partSize < b.Size && int64(len(b.Data)) == min(partSize, b.Size-b.Part*partSize)
}
