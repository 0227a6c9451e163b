package envelope

import (
	"encoding/json"
	"slices"

	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// Limits of a resync.
const (
	// MaxLost is how many envelopes one page of an answer lists. A control of each fits in: none has more than 2 KiB of
	// body that anybody could have lost.
	MaxLost = 100

	// MaxKnown bounds the envelopes that a question names; they fit into a control.
	MaxKnown = 10_000
)

// ResyncBody asks, after a restore, what was exchanged since, or answers it.
type ResyncBody struct {
	Ask   bool       `json:"ask"`
	Epoch int64      `json:"epoch"` // the new epoch of the log of whoever was restored
	Since frame.Time `json:"since"`
	// Known are the envelopes that are on their way to the other member as far as whoever was restored knows: of a
	// question, or of an answer if whoever answers had asked too, in the epoch Asked of its own log, and the other one may
	// have forgotten it. What comes later from the lost time and is not one of them takes no effect.
	Known []id.Envelope `json:"known"`
	Asked int64         `json:"asked"` // of the first page of an answer; 0: never
	Page  int64         `json:"page"`  // of an answer: 1, 2, …; taken in this order. 0: what came after the answer
	Items []Lost        `json:"items"` // of an answer: what came from whoever was restored
	Done  bool          `json:"done"`  // of an answer: the last page
}

// Lost is an envelope that a restored node may have sent without knowing it any more.
type Lost struct {
	Envelope id.Envelope     `json:"envelope"`
	Created  frame.Time      `json:"created"`
	Expires  frame.Time      `json:"expires"`
	Content  bool            `json:"content"`
	Control  json.RawMessage `json:"control"` // as it was sealed; an empty object if it can no longer be opened
	Receipt  SignedReceipt   `json:"receipt"`
}

// Resync reads the question after a restore, a page of its answer, or what came after that. The signatures of the receipts
// are not judged.
//
// It fails with [fault.Invalid] if it is none of them.
func (c Control) Resync() (ResyncBody, error) {
	var b ResyncBody
	if err := c.DecodeBody(&b); err != nil {
		return b, err
	}
	known := func(e id.Envelope) bool { return hexes(string(e), 64) }
	switch {
	case b.Epoch < 1 || b.Epoch > maxSeq/PerEpoch:
		return b, WrongBody("epoch")
	case b.Since < 0:
		return b, WrongBody("since")
	case b.Ask && b.Page != 0 || b.Page < 0:
		return b, WrongBody("page")
	case b.Page == 0 && b.Done:
		return b, WrongBody("done")
	case b.Asked < 0 || b.Asked > maxSeq/PerEpoch || b.Asked > 0 && b.Page != 1:
		return b, WrongBody("asked")
	case b.Known == nil || !b.Ask && b.Asked == 0 && len(b.Known) > 0 || len(b.Known) > MaxKnown ||
		slices.ContainsFunc(b.Known, func(e id.Envelope) bool { return !known(e) }):
		return b, WrongBody("known")
	case b.Items == nil || b.Ask && len(b.Items) > 0 || !b.Ask && b.Page == 0 && len(b.Items) == 0 || len(b.Items) > MaxLost:
		return b, WrongBody("items")
	}
	for _, i := range b.Items {
		if !known(i.Envelope) || i.Created < 0 || i.Expires < 0 || len(i.Control) == 0 || i.Control[0] != '{' || i.Receipt.Signature.IsZero() {
			return b, WrongBody("items")
		}
		if err := i.Receipt.Receipt.Check(); err != nil {
			return b, err
		}
	}
	return b, nil
}
