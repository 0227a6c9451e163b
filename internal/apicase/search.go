package apicase

import (
	"context"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/search"
)

// Seeking is what is looked for. It is in no address and no log.
type Seeking struct {
	call.Session
	call.Once
	Body struct {
		Name        string     `json:"name,omitempty" maxLength:"1000" doc:"Words of her names, in any order and script; they are found as they sound, and with slips"`
		Document    string     `json:"document,omitempty" maxLength:"200" doc:"Number of a document"`
		Phone       string     `json:"phone,omitempty" maxLength:"200" doc:"Number of a telephone"`
		Born        string     `json:"born,omitempty" maxLength:"10" doc:"yyyy, yyyy-mm or yyyy-mm-dd"`
		Sex         person.Sex `json:"sex,omitempty" enum:"female,male,other"`
		Citizenship string     `json:"citizenship,omitempty" maxLength:"9" doc:"ISO 3166-1 alpha-2, XK or stateless"`
	}
}

// FoundCase is a case that was found, and by what.
type FoundCase struct {
	Case Case      `json:"case"`
	By   search.By `json:"by" enum:"name,document,phone"`
	Why  []Reason  `json:"why" nullable:"false" doc:"Field by field, what speaks for it and what against"`
}

// Reason is what one field says about two being one person.
type Reason struct {
	Field string  `json:"field" enum:"name,birth,sex,citizenship,document,phone"`
	Level string  `json:"level" doc:"How the two agree, a code of its field (docs/linkage.md)"`
	Words int     `json:"words" doc:"Of a name, of how many words it is said; 1 elsewhere"`
	Bits  float64 `json:"bits" doc:"For it if positive, against it if negative; a bit doubles or halves the odds"`
}

func reasonsOf(all []search.Evidence) []Reason {
	out := []Reason{}
	for _, e := range all {
		out = append(out, Reason{e.Field, e.Level, e.N, e.Bits})
	}
	return out
}

// FoundCases are the cases that were found, those first of which most speaks for it.
type FoundCases struct {
	Body struct {
		Items []FoundCase `json:"items" nullable:"false"`
		More  bool        `json:"more" doc:"There are more that one may open: say more about her"`
	}
}

func (a *Area) searchCases(ctx context.Context, by keyring.Bearer, in *Seeking) (*FoundCases, error) {
	found, err := a.Searches.Find(ctx, by, search.Query{
		Name: in.Body.Name, Document: in.Body.Document, Phone: in.Body.Phone, Born: in.Body.Born, Sex: in.Body.Sex, Citizenship: in.Body.Citizenship,
	})
	if err != nil {
		return nil, err
	}
	out := &FoundCases{}
	out.Body.Items, out.Body.More = []FoundCase{}, found.More
	for _, c := range found.Cards {
		out.Body.Items = append(out.Body.Items, FoundCase{caseOf(c.Case), c.By, reasonsOf(c.Why)})
	}
	return out, nil
}

// SearchHit is a search that hit something hidden from whoever searched, as the reader's desk may know it.
type SearchHit struct {
	ID        id.Search       `json:"id"`
	Reference id.Reference    `json:"reference" doc:"By which the two desks may speak of it"`
	Side      string          `json:"side" enum:"here,asked" doc:"here: the case is of this desk; asked: this desk searched, and the other one wants to speak with it"`
	Other     id.Desk         `json:"other" doc:"The other desk"`
	At        frame.Time      `json:"at"`
	State     search.HitState `json:"state" enum:"open,contact,silent"`
	Case      id.Case         `json:"case,omitempty" doc:"here only"`
	By        search.By       `json:"by,omitempty" doc:"here only"`
	First     id.User         `json:"first,omitempty" doc:"here only: who has said something already"`
	Contact   bool            `json:"contact,omitempty" doc:"here only: what was said"`
}

// SearchHits is a list of them.
type SearchHits struct {
	Body struct {
		Items []SearchHit `json:"items" nullable:"false"`
	}
}

func hitHere(h search.Hit) SearchHit {
	return SearchHit{
		ID: h.ID, Reference: h.Reference, Side: "here", Other: h.Asker, At: h.At, State: h.State, Case: h.Case, By: h.By, First: h.First,
		Contact: h.Said,
	}
}

func (a *Area) searchHits(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*SearchHits, error) {
	here, asked, err := a.Searches.Hits(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	out := &SearchHits{}
	out.Body.Items = []SearchHit{}
	for _, h := range here {
		out.Body.Items = append(out.Body.Items, hitHere(h))
	}
	for _, h := range asked {
		out.Body.Items = append(out.Body.Items, SearchHit{ID: h.ID, Reference: h.Reference, Side: "asked", Other: h.Desk, At: h.At, State: h.State})
	}
	return out, nil
}

// Contacting says whether to make contact.
type Contacting struct {
	call.Session
	call.Once
	Hit  id.Search `path:"hit" maxLength:"64"`
	Body struct {
		Contact bool `json:"contact"`
	}
}

// OneHit is one of them.
type OneHit struct{ Body SearchHit }

func (a *Area) decideContact(ctx context.Context, by keyring.Bearer, in *Contacting) (*OneHit, error) {
	h, err := a.Searches.Decide(ctx, by.Actor, in.Hit, in.Body.Contact)
	return &OneHit{hitHere(h)}, err
}

// Rotating asks for new keys of the index.
type Rotating struct {
	call.Session
	call.Once
	Body struct {
		Index id.Index `json:"index,omitempty" maxLength:"64" doc:"What the answer before named; without it a rotation that is under way goes on, or one begins"`
	}
}

// Rotated says how far it has come.
type Rotated struct {
	Body struct {
		Index id.Index `json:"index" doc:"Which is being emptied: ask again with it"`
		Left  int64    `json:"left" doc:"Records that are still under the keys of before; 0: those are destroyed"`
	}
}

func (a *Area) rotateIndex(ctx context.Context, by keyring.Bearer, in *Rotating) (*Rotated, error) {
	out := &Rotated{}
	var err error
	out.Body.Index, out.Body.Left, err = a.Searches.Rotate(ctx, by, in.Body.Index)
	return out, err
}

// Refolding says from where to go on.
type Refolding struct {
	call.Session
	call.Once
	Body struct {
		Run   string `json:"run,omitempty" maxLength:"64" doc:"What the answer before said"`
		After string `json:"after,omitempty" maxLength:"200" doc:"What the answer before said"`
	}
}

// Refolded says how far it has come.
type Refolded struct {
	Body struct {
		Run    string `json:"run" doc:"Ask again with it"`
		After  string `json:"after,omitempty" doc:"Ask again with it"`
		Put    int    `json:"put" doc:"Cases that were folded by the newest version"`
		Failed int    `json:"failed" doc:"Cases that may not be opened or do not open; they are found as before"`
		Ended  bool   `json:"ended" doc:"Nothing is left but those"`
	}
}

// refoldAtOnce is how many cases one request opens.
const refoldAtOnce = 250

func (a *Area) refoldIndex(ctx context.Context, by keyring.Bearer, in *Refolding) (*Refolded, error) {
	at, err := a.Searches.Refold(ctx, by, search.Refolding{Run: in.Body.Run, After: in.Body.After}, refoldAtOnce)
	out := &Refolded{}
	out.Body.Run, out.Body.After, out.Body.Put, out.Body.Failed, out.Body.Ended = at.Run, at.After, at.Put, at.Failed, at.Ended
	return out, err
}

// IndexPart is what of the index one version of the fold has folded.
type IndexPart struct {
	Fold     int64 `json:"fold"`
	Records  int64 `json:"records"`
	Segments int   `json:"segments"`
}

// IndexState is what the index of one's realm and organisation is made of.
type IndexState struct {
	Body struct {
		Fold     int64       `json:"fold" doc:"Version by which is folded what is written down now"`
		Parts    []IndexPart `json:"parts" nullable:"false"`
		Older    int64       `json:"older" doc:"Cases of one's desk that an older version has folded"`
		Leaving  id.Index    `json:"leaving,omitempty" doc:"Index that is being emptied because there are new keys"`
		Unsealed int64       `json:"unsealed" doc:"Records that are still under the keys of before"`
	}
}

func (a *Area) indexState(ctx context.Context, by keyring.Bearer, _ *call.OnlySession) (*IndexState, error) {
	s, err := a.Searches.State(ctx, by.Actor)
	if err != nil {
		return nil, err
	}
	out := &IndexState{}
	out.Body.Fold, out.Body.Older, out.Body.Leaving, out.Body.Unsealed = s.Newest, s.Older, s.Leaving, s.Unsealed
	out.Body.Parts = []IndexPart{}
	for _, p := range s.Parts {
		out.Body.Parts = append(out.Body.Parts, IndexPart{Fold: p.Fold, Records: p.Records, Segments: p.Segments})
	}
	return out, nil
}

// Building says from where to go on.
type Building struct {
	call.Session
	call.Once
	Body struct {
		After id.Case `json:"after,omitempty" maxLength:"64" doc:"What the answer before said"`
	}
}

// Built says how far it has come.
type Built struct {
	Body struct {
		Put   int     `json:"put" doc:"Cases that can be found now"`
		After id.Case `json:"after,omitempty" doc:"Ask again with it; empty: nothing is left"`
	}
}

// buildAtOnce is how many cases one request looks at.
const buildAtOnce = 50

func (a *Area) buildIndex(ctx context.Context, by keyring.Bearer, in *Building) (*Built, error) {
	out := &Built{}
	var err error
	out.Body.Put, out.Body.After, err = a.Searches.Build(ctx, by, in.Body.After, buildAtOnce)
	return out, err
}
