package lookup

import (
	"context"
	"encoding/hex"
	"io"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// pieceMending is the piece that says how far this member has come in having its share mended. Helpers keep nothing.
const pieceMending = "mending"

// Mending is a member that lacks its share, or does not know the secret of now, and asks the others: spec/veil-lookup.md 3.4.
type Mending struct {
	ID      string       `json:"id"` // empty: it is over
	Began   frame.Time   `json:"began"`
	Heard   []heardGroup `json:"heard"`   // what members say that they share
	Helpers []id.Member  `json:"helpers"` // by their places; empty: not asked yet
	Deals   []seal.Blob  `json:"deals"`   // their first words
	Told    bool         `json:"told"`    // those were sent to all
	Values  []seal.Blob  `json:"values"`  // their second words
	Without []id.Member  `json:"without"` // who is not asked again
	Group   seal.Blob    `json:"group"`
	Members []id.Member  `json:"members"`
}

type heardGroup struct {
	From    id.Member   `json:"from"`
	Epoch   int64       `json:"epoch"`
	Round   int64       `json:"round"`
	Members []id.Member `json:"members"`
	Group   seal.Blob   `json:"group"`
}

func (h *heardGroup) same(x heardGroup) bool {
	return h.Epoch == x.Epoch && h.Round == x.Round && slices.Equal(h.Members, x.Members) && slices.Equal(h.Group, x.Group)
}

func (m *Mending) id16() (out [16]byte) {
	b, _ := hex.DecodeString(m.ID) // drawn here
	copy(out[:], b)
	return out
}

func placeOf(members []id.Member, m id.Member) uint8 { return uint8(slices.Index(members, m) + 1) }

// lackingIn notes that this member does not have what others have, so that it asks them. What is under way goes on.
func (s *Service) lackingIn(ctx context.Context, tx Tx) error {
	m, kept, err := load[Mending](ctx, tx, pieceMending)
	if err != nil || kept.Version > 0 && m.ID != "" {
		return err
	}
	return s.askForGroup(ctx, tx, kept, nil)
}

// askForGroup asks all members what they share.
func (s *Service) askForGroup(ctx context.Context, tx Tx, kept Piece, without []id.Member) error {
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return err
	}
	var raw [16]byte
	if _, err := io.ReadFull(s.Rand, raw[:]); err != nil {
		return err
	}
	if without == nil {
		without = []id.Member{}
	}
	m := Mending{
		ID: hexOf(raw[:]), Began: s.now(), Heard: []heardGroup{}, Helpers: []id.Member{}, Deals: []seal.Blob{}, Values: []seal.Blob{}, Without: without,
		Group: seal.Blob{}, Members: []id.Member{},
	}
	for _, to := range activeOf(held.Signed.Roster) {
		if err := s.send(ctx, tx, to, body{Step: lost, Run: m.ID, Members: []id.Member{}, Data: seal.Blob{}}); err != nil {
			return err
		}
	}
	return save(ctx, tx, kept, m)
}

// mendIn takes one step of a mending: as the member that lacks its share, or as a helper.
func (s *Service) mendIn(ctx context.Context, tx Tx, b body, from id.Member) error {
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return err
	}
	if !slices.Contains(activeOf(held.Signed.Roster), from) {
		return fault.New(fault.Denied, "lookup.stranger")
	}
	switch b.Step {
	case lost, mend, deals:
		return s.help(ctx, tx, b, from)
	}
	m, kept, err := load[Mending](ctx, tx, pieceMending)
	if err != nil || kept.Version == 0 || m.ID != b.Run {
		return err // of one that is over here
	}
	switch b.Step {
	case knows:
		err = s.heardKnown(ctx, tx, &m, b, from)
	case dealt:
		err = s.heardDealt(ctx, tx, &m, b, from)
	case value:
		err = s.heardValue(ctx, tx, &m, b, from)
	}
	if err != nil {
		return err
	}
	return save(ctx, tx, kept, m)
}

// help answers whoever lacks its share.
func (s *Service) help(ctx context.Context, tx Tx, b body, from id.Member) error {
	secret, p, err := load[Secret](ctx, tx, pieceSecret)
	if err != nil || p.Version == 0 || len(secret.Share) == 0 {
		return err // nothing that it could say
	}
	g, share, err := s.shareIn(ctx, tx)
	if err != nil {
		return err
	}
	if b.Step == lost {
		return s.send(ctx, tx, from, body{Step: knows, Run: b.Run, Epoch: int64(g.Epoch), Round: int64(g.Round), Members: secret.Members, Data: secret.Group})
	}
	run, party, err := s.mending(ctx, tx, b, g, secret.Members, from)
	if err != nil || run == nil {
		return err
	}
	var w veil.Words
	next := dealt
	if b.Step == mend {
		w, err = run.Begin(s.Rand, party)
	} else {
		next = value
		var page veil.Page
		if page, err = veil.ParsePage(b.Data); err == nil {
			w, err = run.Tell(party, share, page.Words)
		}
	}
	if fault.Is(err, fault.Invalid) {
		return fault.New(fault.Denied, "lookup.stranger")
	}
	if err != nil {
		return err
	}
	return s.send(ctx, tx, from, body{Step: next, Run: b.Run, Members: []id.Member{}, Data: w.Append(nil)})
}

// mending returns a mending as a helper sees it, and her part in it; nothing if it is of another round than hers.
func (s *Service) mending(ctx context.Context, tx Tx, b body, g *veil.Group, members []id.Member, missed id.Member) (*veil.MendRun, *veil.Party, error) {
	if int64(g.Epoch) != b.Epoch || int64(g.Round) != b.Round {
		return nil, nil, nil
	}
	r := &veil.MendRun{Mending: veil.Mending{Group: g, Missed: placeOf(members, missed)}}
	raw, _ := hex.DecodeString(b.Run) // it was checked
	copy(r.ID[:], raw)
	for _, m := range b.Members {
		r.Helpers = append(r.Helpers, placeOf(members, m))
	}
	p, err := s.partyOf(ctx, tx, members)
	if err != nil {
		return nil, nil, err
	}
	if r.Missed == 0 || !slices.Contains(b.Members, s.Member) {
		return nil, nil, fault.New(fault.Denied, "lookup.stranger")
	}
	return r, p, nil
}

func (s *Service) partyOf(ctx context.Context, tx Tx, members []id.Member) (*veil.Party, error) {
	keys, err := partyKeys(ctx, tx, members)
	if err != nil {
		return nil, err
	}
	k := s.Keys()
	return &veil.Party{Place: placeOf(members, s.Member), Sign: k.Envelope, Open: k.Control, Others: keys}, nil
}

// heardKnown takes note of what a member says that it shares. When three say the same, that is what is shared; who has a place in it asks those three for its share.
func (s *Service) heardKnown(ctx context.Context, tx Tx, m *Mending, b body, from id.Member) error {
	if len(m.Helpers) > 0 || slices.ContainsFunc(m.Heard, func(h heardGroup) bool { return h.From == from }) || slices.Contains(m.Without, from) {
		return nil
	}
	h := heardGroup{from, b.Epoch, b.Round, b.Members, b.Data}
	m.Heard = append(m.Heard, h)
	var same []id.Member
	for _, x := range m.Heard {
		if x.same(h) && slices.Contains(h.Members, x.From) {
			same = append(same, x.From)
		}
	}
	g, err := veil.ParseGroup(h.Group)
	if err != nil || int64(g.Epoch) != h.Epoch || int64(g.Round) != h.Round || len(same) < veil.Threshold {
		return nil
	}
	slices.Sort(same)
	same = slices.DeleteFunc(same, func(x id.Member) bool { return !g.Has(placeOf(h.Members, x)) })
	if len(same) < veil.Threshold {
		return nil
	}
	if secret, p, err := load[Secret](ctx, tx, pieceSecret); err != nil || p.Version > 0 && len(secret.Share) > 0 && !behind(secret.Group, g) {
		m.ID = "" // it has what the others have
		return err
	}
	m.Group, m.Members = h.Group, h.Members
	if !slices.Contains(h.Members, s.Member) { // it came later: it has no share, and can ask and be asked all the same
		m.ID = ""
		return s.learned(ctx, tx, m, g, nil)
	}
	for place := range h.Members {
		if x := h.Members[place]; slices.Contains(same, x) && len(m.Helpers) < veil.Threshold {
			m.Helpers = append(m.Helpers, x)
		}
	}
	for _, x := range m.Helpers {
		if err := s.send(ctx, tx, x, body{Step: mend, Run: m.ID, Epoch: h.Epoch, Round: h.Round, Members: m.Helpers, Data: seal.Blob{}}); err != nil {
			return err
		}
	}
	return nil
}

// behind reports whether what is kept is of an earlier round than a group.
func behind(kept seal.Blob, g *veil.Group) bool {
	mine, err := veil.ParseGroup(kept)
	return err != nil || mine.Epoch < g.Epoch || mine.Epoch == g.Epoch && mine.Round < g.Round
}

// run returns the mending of this member's own share.
func (m *Mending) run(self id.Member) (*veil.MendRun, error) {
	g, err := veil.ParseGroup(m.Group)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	r := &veil.MendRun{ID: m.id16(), Mending: veil.Mending{Group: g, Missed: placeOf(m.Members, self)}}
	for _, x := range m.Helpers {
		r.Helpers = append(r.Helpers, placeOf(m.Members, x))
	}
	return r, nil
}

func wordsOf(all []seal.Blob) (out []veil.Words) {
	for _, raw := range all {
		if w, err := veil.ParseWords(raw); err == nil {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b veil.Words) int { return int(a.Place) - int(b.Place) })
	return out
}

// heardDealt takes a helper's first words, and carries them to all when there are three.
func (s *Service) heardDealt(ctx context.Context, tx Tx, m *Mending, b body, from id.Member) error {
	if m.Told || !slices.Contains(m.Helpers, from) {
		return nil
	}
	r, err := m.run(s.Member)
	if err != nil {
		return err
	}
	p, err := s.partyOf(ctx, tx, m.Members)
	if err != nil {
		return err
	}
	w, err := veil.ParseWords(b.Data)
	if err != nil || w.Place != placeOf(m.Members, from) || !r.Dealt(&w, p.Others) {
		return fault.New(fault.Denied, "lookup.stranger")
	}
	if slices.ContainsFunc(wordsOf(m.Deals), func(x veil.Words) bool { return x.Place == w.Place }) {
		return nil
	}
	m.Deals = append(m.Deals, b.Data)
	if len(m.Deals) < len(m.Helpers) {
		return nil
	}
	m.Told = true
	page := veil.Page{Step: veil.StepDeal, Words: wordsOf(m.Deals)}
	for _, x := range m.Helpers {
		if err := s.send(ctx, tx, x, body{Step: deals, Run: m.ID, Epoch: int64(r.Group.Epoch), Round: int64(r.Group.Round), Members: m.Helpers, Data: page.Append(nil)}); err != nil {
			return err
		}
	}
	return nil
}

// heardValue takes a helper's second words, and puts the share together when there are three. Who told something false is named; then others are asked.
func (s *Service) heardValue(ctx context.Context, tx Tx, m *Mending, b body, from id.Member) error {
	if !m.Told || !slices.Contains(m.Helpers, from) {
		return nil
	}
	r, err := m.run(s.Member)
	if err != nil {
		return err
	}
	p, err := s.partyOf(ctx, tx, m.Members)
	if err != nil {
		return err
	}
	w, err := veil.ParseWords(b.Data)
	if err != nil || w.Place != placeOf(m.Members, from) || !r.Told(&w, p.Others, wordsOf(m.Deals)) {
		return fault.New(fault.Denied, "lookup.stranger")
	}
	if slices.ContainsFunc(wordsOf(m.Values), func(x veil.Words) bool { return x.Place == w.Place }) {
		return nil
	}
	m.Values = append(m.Values, b.Data)
	if len(m.Values) < len(m.Helpers) {
		return nil
	}
	share, liars, disputed, err := r.End(p, wordsOf(m.Deals), wordsOf(m.Values))
	if err == nil {
		m.ID = ""
		return s.learned(ctx, tx, m, r.Group.With(r.Missed), share)
	}
	for _, place := range append(liars, disputed...) {
		if int(place) <= len(m.Members) && place > 0 {
			m.Without = append(m.Without, m.Members[place-1])
		}
	}
	for _, place := range liars {
		s.Alarm(ctx, "lookup.cheat", map[string]string{"member": string(m.Members[place-1]), "how": "mended-falsely"})
	}
	m.Began = s.now().Add(-StepTime) // anew at once, without them
	return nil
}

// learned keeps the group of now, and the share if there is one. Whatever else of the mending was kept is forgotten.
func (s *Service) learned(ctx context.Context, tx Tx, m *Mending, g *veil.Group, share *veil.Share) error {
	_, kept, err := load[Secret](ctx, tx, pieceSecret)
	if err != nil {
		return err
	}
	next := Secret{Members: m.Members, Group: g.Append(nil), Share: seal.Blob{}, Caller: m.Members[0], At: s.now()}
	if share != nil {
		vault, err := s.Vault(ctx, tx)
		if err != nil {
			return err
		}
		plain := share.Append(nil)
		defer clear(plain)
		next.Share = vault.Seal("lookup/"+pieceSecret, plain)
	}
	m.Heard, m.Deals, m.Values, m.Helpers = []heardGroup{}, []seal.Blob{}, []seal.Blob{}, []id.Member{}
	return save(ctx, tx, kept, next)
}

// Mend asks for the share of this member where it lacks one, and anew where the others have not answered in time. It needs nobody signed in, and returns how much it did.
func (s *Service) Mend(ctx context.Context) (int, error) {
	node := access.Node(s.Member)
	if err := access.Check(node, access.ContinueLookup, resource()); err != nil {
		return 0, err
	}
	due := false
	look := func(tx Tx) error {
		due = false
		m, kept, err := load[Mending](ctx, tx, pieceMending)
		if err != nil {
			return err
		}
		if kept.Version > 0 && m.ID != "" {
			due = s.now() >= m.Began.Add(StepTime)
			return nil
		}
		secret, p, err := load[Secret](ctx, tx, pieceSecret)
		if err != nil || p.Version == 0 || !slices.Contains(secret.Members, s.Member) {
			return err
		}
		// Shares that nobody has refreshed for so long were perhaps refreshed while this member was away.
		overdue := s.now() > secret.At.Add(RefreshAfter+2*StepTime) && s.now() > m.Began.Add(2*StepTime)
		r, p, err := load[Running](ctx, tx, pieceRun)
		due = err == nil && (len(secret.Share) == 0 || overdue) && (p.Version == 0 || r.Over())
		return err
	}
	if err := s.Read(ctx, look); err != nil || !due {
		return 0, err
	}
	err := s.Write(ctx, audit.Did(node, access.ContinueLookup, string(s.Member)).For("mend"), func(tx Tx) error {
		if err := look(tx); err != nil || !due {
			return err
		}
		m, kept, err := load[Mending](ctx, tx, pieceMending)
		if err != nil {
			return err
		}
		held, err := member.InForce(ctx, tx)
		if err != nil {
			return err
		}
		if len(activeOf(held.Signed.Roster))-len(m.Without) <= veil.Threshold {
			m.Without = nil // there is nobody else: those who were left out are asked again
		}
		return s.askForGroup(ctx, tx, kept, m.Without)
	})
	if err != nil {
		return 0, err
	}
	return 1, nil
}

// lackingSecret notes, on hearing of a question, that the others have a secret which this member does not know: its database was restored, or it came later.
func (s *Service) lackingSecret(ctx context.Context, tx exchange.Tx) error {
	narrow, ok := tx.(Tx)
	if !ok {
		return fault.New(fault.Internal, "lookup.wiring")
	}
	_, p, err := load[Secret](ctx, narrow, pieceSecret)
	if err != nil || p.Version > 0 {
		return err
	}
	return s.lackingIn(ctx, narrow)
}
