package joint

import (
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
)

// TestWhatAReceiptTells tries what a receipt for the newest question, for the newest answer, or for one before it makes of each end.
func TestWhatAReceiptTells(t *testing.T) {
	for name, x := range map[string]struct {
		side   envelope.Side
		at     State
		code   string
		about  string
		out    exchange.OutState
		refuse envelope.Refusal
		want   State
		says   string
	}{
		"a question was read":                  {envelope.Opener, Asked, "", "question", exchange.OutOpened, "", Opened, ""},
		"one was read after an earlier answer": {envelope.Opener, Asked, Earlier, "question", exchange.OutOpened, "", Opened, Earlier},
		"a question was refused":               {envelope.Opener, Asked, "", "question", exchange.OutRefused, envelope.StaleKey, Refused, "stale-key"},
		"a question was in vain":               {envelope.Opener, Opened, "", "question", exchange.OutExpired, "", Expired, ""},
		"a question before it was refused":     {envelope.Opener, Asked, "", "before", exchange.OutRefused, envelope.PlaceTaken, Asked, ""},
		"a signature was refused":              {envelope.Answerer, Signed, "", "answer", exchange.OutRefused, envelope.StaleKey, Read, "stale-key"},
		"a signature came too late":            {envelope.Answerer, Signed, "", "answer", exchange.OutRefused, envelope.PlaceTaken, Outdated, ""},
		"a reason came too late":               {envelope.Answerer, Declined, "unsafe", "answer", exchange.OutRefused, envelope.PlaceTaken, Outdated, ""},
		"the new question came first":          {envelope.Answerer, Sealed, Anew, "answer", exchange.OutRefused, envelope.PlaceTaken, Sealed, Anew},
		"a signature before it came too late":  {envelope.Answerer, Signed, "", "before", exchange.OutRefused, envelope.PlaceTaken, Signed, ""},
		"nothing is asked any more":            {envelope.Answerer, Over, "", "answer", exchange.OutRefused, envelope.PlaceTaken, Over, ""},
	} {
		m := exchange.Moved{Out: exchange.Out{ID: theQuestion, State: x.out}}
		r := Row{Side: x.side, State: x.at, Code: x.code}
		switch x.about {
		case "question":
			r.Envelope = theQuestion
		case "answer":
			r.Answer = theQuestion
		}
		if x.refuse != "" {
			m.Receipt = &envelope.SignedReceipt{Receipt: envelope.Receipt{Stage: envelope.Refused, Refusal: x.refuse}}
		}
		got, changed := moved(r, m, frame.Time(7))
		if got.State != x.want || got.Code != x.says || changed != (x.at != x.want) {
			t.Errorf("%s: %s %q, changed %t; want %s %q", name, got.State, got.Code, changed, x.want, x.says)
		}
	}
}
