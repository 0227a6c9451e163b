package apioffice

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/lookup"
)

// LookupSecret is how the secret is kept that members share.
type LookupSecret struct {
	Body struct {
		Epoch   int64       `json:"epoch" doc:"Of the secret; 0: there is none"`
		Round   int64       `json:"round" doc:"Of its shares"`
		Holders []id.Member `json:"holders" nullable:"false"`
		Holds   bool        `json:"holds" doc:"Whether this member has its share"`
		At      frame.Time  `json:"at"`
		Run     *LookupRun  `json:"run,omitempty" doc:"The last one"`
	}
}

// LookupRun is a run that makes or refreshes it.
type LookupRun struct {
	Caller  id.Member      `json:"caller"`
	Members []id.Member    `json:"members" nullable:"false"`
	Epoch   int64          `json:"epoch"`
	Round   int64          `json:"round"`
	Step    int            `json:"step" doc:"The next, spec/veil-lookup.md 3.1; 0: all has been said"`
	Began   frame.Time     `json:"began"`
	Over    bool           `json:"over"`
	Failed  bool           `json:"failed"`
	Cheats  []lookup.Cheat `json:"cheats" nullable:"false" doc:"Who broke it, and how"`
}

func (a *Area) showLookup(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*LookupSecret, error) {
	st, err := a.Lookups.Show(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	out := &LookupSecret{}
	out.Body.Epoch, out.Body.Round, out.Body.Holds, out.Body.At = st.Epoch, st.Round, st.Holds, st.At
	out.Body.Holders = append([]id.Member{}, st.Holders...)
	if r := st.Run; r != nil {
		out.Body.Run = &LookupRun{r.Caller, r.Members, r.Epoch, r.Round, int(st.Step), r.Began, r.Over(), r.Failed, r.Cheats}
	}
	return out, nil
}

// LookupCall says what a run is for.
type LookupCall struct {
	call.Session
	call.Once
	Body struct {
		Anew bool `json:"anew,omitempty" doc:"Another secret, although there is one: every member must then make its tags anew"`
	}
}

func (a *Area) callLookup(ctx context.Context, by keyring.Bearer, in *LookupCall) (*call.Nothing, error) {
	return nil, a.Lookups.Call(ctx, by.Actor, in.Body.Anew)
}
