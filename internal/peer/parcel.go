package peer

import (
	"encoding/binary"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

// A parcel is several byte strings in one body, each preceded by its length as four bytes, big endian
// (spec/frame.md, "Join").
const (
	parcelType   = "application/vnd.opentrm.parcel"
	envelopeType = "application/vnd.opentrm.envelope"
	receiptType  = "application/json"
	moreHeader   = "Opentrm-More" // "true": ask again after the last envelope
	maxParcel    = 24 << 20       // bytes of a parcel; always more than one envelope
	fillParcel   = 4 << 20        // bytes after which the server adds nothing more
	maxItems     = 256            // byte strings in a parcel
	maxPushed    = 64             // envelopes in a push
	maxAnswers   = maxPushed * (maxProblem + 4)
)

func packParcel(items [][]byte) []byte { return frame.Join(items...) }

// openParcel reads a parcel. The items share b's memory.
//
// It fails with [fault.Invalid] if b is none, and with [fault.TooLarge] if an item is longer than most.
func openParcel(b []byte, most int) ([][]byte, error) {
	var items [][]byte
	for len(b) > 0 {
		if len(items) == maxItems {
			return nil, fault.New(fault.TooLarge, "peer.parcel")
		}
		if len(b) < 4 {
			return nil, fault.New(fault.Invalid, "peer.parcel")
		}
		n := int64(binary.BigEndian.Uint32(b))
		if n > int64(most) {
			return nil, fault.New(fault.TooLarge, "peer.parcel")
		}
		if n == 0 || n > int64(len(b)-4) {
			return nil, fault.New(fault.Invalid, "peer.parcel")
		}
		items = append(items, b[4:4+n:4+n])
		b = b[4+n:]
	}
	return items, nil
}
