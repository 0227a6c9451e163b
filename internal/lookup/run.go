package lookup

import (
	"context"
	"io"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/veil"
)

// Call begins a run of all active members: for a new secret if there is none or anew is true, otherwise for a refresh of the shares of the one that
// there is. The nodes do the rest.
//
// It fails with [fault.Denied] for whoever is no administrator, with [fault.Conflict] "lookup.running" while a run is not over, and with
// [fault.Conflict] "lookup.too-few" if the network has fewer than five active members, or fewer hold the secret.
func (s *Service) Call(ctx context.Context, who access.Actor, anew bool) error {
	if err := access.Check(who, access.CallLookup, resource()); err != nil {
		return err
	}
	return s.Write(ctx, audit.Did(who, access.CallLookup, string(s.Member)), func(tx Tx) error { return s.callIn(ctx, tx, anew) })
}

func (s *Service) callIn(ctx context.Context, tx Tx, anew bool) error {
	running, kept, err := load[Running](ctx, tx, pieceRun)
	if err != nil {
		return err
	}
	now := s.now()
	if kept.Version > 0 && !running.Over() && now < running.Began.Add(RunTime) {
		return fault.New(fault.Conflict, "lookup.running")
	}
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return err
	}
	secret, p, err := load[Secret](ctx, tx, pieceSecret)
	if err != nil {
		return err
	}
	var id16 [16]byte
	if _, err := io.ReadFull(s.Rand, id16[:]); err != nil {
		return err
	}
	b := body{Step: call, Run: hexOf(id16[:]), Epoch: 1, Members: active(held.Signed.Roster), Data: seal.Blob{}}
	if p.Version > 0 {
		g, err := veil.ParseGroup(secret.Group)
		if err != nil {
			return fault.Wrap(fault.Internal, "lookup.kept", err)
		}
		b.Epoch = int64(g.Epoch) + 1
		if !anew && !gone(secret.Members, held.Signed.Roster) {
			b.Epoch, b.Round, b.Members = int64(g.Epoch), int64(g.Round)+1, secret.Members
		}
	}
	if len(b.Members) < veil.FewestHolders {
		return fault.New(fault.Conflict, "lookup.too-few")
	}
	for _, m := range b.Members {
		if err := s.send(ctx, tx, m, b); err != nil {
			return err
		}
	}
	return s.join(ctx, tx, kept, b, s.Member)
}

// send seals one envelope of a run. One to this member itself is none.
func (s *Service) send(ctx context.Context, tx Tx, to id.Member, b body) error {
	if to == s.Member {
		return nil
	}
	raw, err := envelope.EncodeBody(b)
	if err != nil {
		return err
	}
	_, err = s.Exchange.Seal(ctx, tx, exchange.Draft{Kind: envelope.Lookup, To: to, Body: raw})
	if fault.Is(err, fault.Denied) || fault.Is(err, fault.NotFound) {
		return nil // blocked, suspended or gone meanwhile: the run ends without her
	}
	return err
}

// join takes part in a run that was called for.
func (s *Service) join(ctx context.Context, tx Tx, kept Piece, b body, caller id.Member) error {
	r := Running{
		ID: b.Run, Caller: caller, Epoch: b.Epoch, Round: b.Round, Members: b.Members, Began: s.now(), Since: s.now(),
		Pages: []seal.Blob{}, Waiting: []seal.Blob{}, Heard: []seal.Blob{}, Cheats: []Cheat{},
	}
	d, err := veil.NewDealing(s.Rand, b.run(), r.place(s.Member))
	if err != nil {
		return err
	}
	vault, err := s.Vault(ctx, tx)
	if err != nil {
		return err
	}
	plain := d.Append(nil)
	defer clear(plain)
	r.Dealing = vault.Seal("lookup/"+pieceRun, plain)
	return save(ctx, tx, kept, r)
}

// Receive takes note of a call, of words or of a page. It is the exchange's handler of the kind.
//
// It refuses with [fault.Denied] "lookup.stranger" what comes from who may not say it, and with [fault.Conflict] "lookup.running" a call while
// another run is not over, or for another round than the next. It fails with [fault.Unavailable] "lookup.early" if a page comes before the call to
// its run, as it can to a node that was off: it comes again.
func (s *Service) Receive(ctx context.Context, over exchange.Tx, a exchange.Arrived) error {
	tx, ok := over.(Tx)
	if !ok {
		return fault.New(fault.Internal, "lookup.wiring")
	}
	b, err := parseBody(a.Control)
	if err != nil {
		return err
	}
	from := a.Envelope.Header.From
	switch b.Step {
	case lost, knows, mend, dealt, deals, value:
		return s.mendIn(ctx, tx, b, from)
	}
	r, kept, err := load[Running](ctx, tx, pieceRun)
	if err != nil {
		return err
	}
	if b.Step == call {
		return s.called(ctx, tx, r, kept, b, from)
	}
	if b.Step == page && (kept.Version == 0 || r.ID != b.Run && a.Envelope.Header.Created > r.Began) {
		return fault.New(fault.Unavailable, "lookup.early") // it has overtaken the call to its run: it comes again
	}
	if kept.Version == 0 || r.ID != b.Run || r.Over() {
		return nil // of a run that is over here: it changes nothing
	}
	if b.Step == page {
		if from != r.Caller {
			return fault.New(fault.Denied, "lookup.stranger")
		}
		if !slices.ContainsFunc(r.Waiting, func(x seal.Blob) bool { return slices.Equal(x, b.Data) }) && len(r.Waiting) < 2*int(veil.StepSign) {
			r.Waiting = append(r.Waiting, b.Data)
		}
		return save(ctx, tx, kept, r)
	}
	w, err := veil.ParseWords(b.Data)
	if err != nil || r.Caller != s.Member || r.place(from) == 0 || w.Place != r.place(from) {
		return fault.New(fault.Denied, "lookup.stranger")
	}
	board, err := r.board()
	if err != nil {
		return err
	}
	keys, err := partyKeys(ctx, tx, r.Members)
	if err != nil {
		return err
	}
	if board.Heard(&w, keys) && !slices.ContainsFunc(r.Heard, func(x seal.Blob) bool { return len(x) > 0 && x[0] == w.Place }) {
		r.Heard = append(r.Heard, b.Data)
	}
	return save(ctx, tx, kept, r)
}

// called judges a call of another member and takes part.
func (s *Service) called(ctx context.Context, tx Tx, r Running, kept Piece, b body, from id.Member) error {
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return err
	}
	known := active(held.Signed.Roster)
	for _, m := range b.Members {
		if !slices.Contains(known, m) {
			return fault.New(fault.Denied, "lookup.stranger")
		}
	}
	if !slices.Contains(b.Members, from) || !slices.Contains(b.Members, s.Member) {
		return fault.New(fault.Denied, "lookup.stranger")
	}
	if kept.Version > 0 && r.ID == b.Run {
		return nil
	}
	if kept.Version > 0 && !r.Over() && s.now() < r.Began.Add(RunTime) {
		return fault.New(fault.Conflict, "lookup.running")
	}
	secret, p, err := load[Secret](ctx, tx, pieceSecret)
	if err != nil {
		return err
	}
	if p.Version == 0 && b.Round > 0 {
		return s.lackingIn(ctx, tx)
	}
	if p.Version > 0 {
		g, err := veil.ParseGroup(secret.Group)
		if err != nil {
			return fault.Wrap(fault.Internal, "lookup.kept", err)
		}
		if b.Epoch == int64(g.Epoch) && b.Round > int64(g.Round)+1 {
			return s.lackingIn(ctx, tx) // it was away for a whole refresh: this one goes on without it, and it asks for its share
		}
		next := b.Round == 0 && b.Epoch > int64(g.Epoch)
		refresh := b.Round == int64(g.Round)+1 && b.Epoch == int64(g.Epoch) && slices.Equal(b.Members, secret.Members)
		if !next && !refresh {
			return fault.New(fault.Conflict, "lookup.running")
		}
	}
	return s.join(ctx, tx, kept, b, from)
}

// partyKeys returns the keys of the members of a run, as the roster in force has them.
func partyKeys(ctx context.Context, tx Tx, members []id.Member) (map[uint8]veil.PartyKeys, error) {
	held, err := member.InForce(ctx, tx)
	if err != nil {
		return nil, err
	}
	keys := map[uint8]veil.PartyKeys{}
	for i, m := range members {
		if x, ok := held.Signed.Roster.Find(m); ok && len(x.Keys.Control) > 0 {
			keys[uint8(i+1)] = veil.PartyKeys{Sign: x.Keys.Envelope, Seal: x.Keys.Control[0]}
		}
	}
	return keys, nil
}

// Continue does what is next in the run, and calls for a refresh when the shares that were called for here are old. It needs nobody signed in, and
// returns how much it did.
func (s *Service) Continue(ctx context.Context) (int, error) {
	node := access.Node(s.Member)
	if err := access.Check(node, access.ContinueLookup, resource()); err != nil {
		return 0, err
	}
	due, old := false, false
	if err := s.Read(ctx, func(tx Tx) (err error) { due, old, err = s.due(ctx, tx); return err }); err != nil || !due && !old {
		return 0, err
	}
	var told []Cheat
	failed := false
	err := s.Write(ctx, audit.Did(node, access.ContinueLookup, string(s.Member)), func(tx Tx) error {
		told, failed = nil, false
		due, old, err := s.due(ctx, tx)
		switch {
		case err != nil:
			return err
		case due:
			told, failed, err = s.goOn(ctx, tx)
			return err
		case old:
			return s.callIn(ctx, tx, false)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if failed {
		s.Alarm(ctx, "lookup.failed", map[string]string{"member": string(s.Member)})
	}
	for _, c := range told {
		s.Alarm(ctx, "lookup.cheat", map[string]string{"member": string(c.Member), "how": c.How})
	}
	return 1, nil
}

// due reports whether something is to be done in the run, and whether the shares are old.
func (s *Service) due(ctx context.Context, tx Tx) (run, old bool, err error) {
	r, kept, err := load[Running](ctx, tx, pieceRun)
	if err != nil {
		return false, false, err
	}
	if kept.Version == 0 || r.Over() {
		old, err := s.old(ctx, tx)
		return false, old && s.now() > r.Began.Add(StepTime), err
	}
	b, err := r.board()
	if err != nil {
		return false, false, err
	}
	step := b.Step()
	for _, raw := range r.Waiting {
		if p, err := veil.ParsePage(raw); err == nil && p.Step == step {
			return true, false, nil
		}
	}
	closing := r.Caller == s.Member && (len(r.Heard) == len(r.Members) || s.now() >= r.Since.Add(StepTime))
	return step == veil.StepOver || r.Said != step || closing || s.now() > r.Began.Add(RunTime), false, nil
}

// goOn turns the pages that have come, speaks, closes a step, and concludes, whatever of it can be done.
func (s *Service) goOn(ctx context.Context, tx Tx) (told []Cheat, failed bool, err error) {
	r, kept, err := load[Running](ctx, tx, pieceRun)
	if err != nil {
		return nil, false, err
	}
	board, err := r.board()
	if err != nil {
		return nil, false, err
	}
	keys, err := partyKeys(ctx, tx, r.Members)
	if err != nil {
		return nil, false, err
	}
	m, err := s.party(ctx, tx, r, keys)
	if err != nil {
		return nil, false, err
	}
	s.turn(&r, board, keys)
	for board.Step() != veil.StepOver {
		spoke, err := s.speak(ctx, tx, &r, board, m)
		if err != nil {
			return nil, false, err
		}
		closed, err := s.close(ctx, tx, &r, board, keys)
		if err != nil {
			return nil, false, err
		}
		if !spoke && !closed {
			break
		}
	}
	switch {
	case board.Step() == veil.StepOver:
		failed, err = s.conclude(ctx, tx, &r, board, m)
		told = r.Cheats
	case s.now() > r.Began.Add(RunTime):
		r.Failed, r.Dealing, failed = true, seal.Blob{}, true
	}
	if err != nil {
		return nil, false, err
	}
	return told, failed, save(ctx, tx, kept, r)
}

// mine is this member in a run, with what it keeps.
type mine struct {
	party   *veil.Party
	dealing *veil.Dealing
	group   *veil.Group
	share   *veil.Share
}

func (s *Service) party(ctx context.Context, tx Tx, r Running, keys map[uint8]veil.PartyKeys) (*mine, error) {
	vault, err := s.Vault(ctx, tx)
	if err != nil {
		return nil, err
	}
	plain, err := vault.Open("lookup/"+pieceRun, r.Dealing)
	defer clear(plain)
	if err != nil {
		return nil, err
	}
	k := s.Keys()
	m := &mine{party: &veil.Party{Place: r.place(s.Member), Sign: k.Envelope, Open: k.Control, Others: keys}}
	if m.dealing, err = veil.ParseDealing(plain); err != nil {
		return nil, fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	secret, p, err := load[Secret](ctx, tx, pieceSecret)
	if err != nil || p.Version == 0 || r.Round == 0 {
		return m, err
	}
	if m.group, err = veil.ParseGroup(secret.Group); err != nil {
		return nil, fault.Wrap(fault.Internal, "lookup.kept", err)
	}
	if len(secret.Share) == 0 {
		return m, nil
	}
	kept, err := vault.Open("lookup/"+pieceSecret, secret.Share)
	defer clear(kept)
	if err != nil {
		return nil, err
	}
	m.share, err = veil.ParseShare(kept)
	return m, err
}

// turn turns the pages that have come, in their order. One that cannot be turned is left out: who called has told others something else.
func (s *Service) turn(r *Running, board *veil.Board, keys map[uint8]veil.PartyKeys) {
	for turned := true; turned; {
		turned = false
		for _, raw := range r.Waiting {
			p, err := veil.ParsePage(raw)
			if err == nil && p.Step == board.Step() && board.Turn(p, keys) == nil {
				r.Pages, turned = append(r.Pages, raw), true
				break
			}
		}
	}
	r.Waiting = slices.DeleteFunc(r.Waiting, func(raw seal.Blob) bool {
		p, err := veil.ParsePage(raw)
		return err != nil || slices.ContainsFunc(board.Pages, func(x veil.Page) bool { return x.Step == p.Step }) || p.Step == board.Step()
	})
}

// speak says what is to be said in the step, once.
func (s *Service) speak(ctx context.Context, tx Tx, r *Running, board *veil.Board, m *mine) (bool, error) {
	step := board.Step()
	if r.Said == step {
		return false, nil
	}
	r.Said = step
	w, err := m.party.Speak(board, m.dealing, m.group, m.share)
	if fault.Is(err, fault.Invalid) {
		return false, nil // nothing that it could sign
	}
	if err != nil {
		return false, err
	}
	raw := w.Append(nil)
	if r.Caller == s.Member {
		r.Heard = append(r.Heard, raw)
		return true, nil
	}
	return true, s.send(ctx, tx, r.Caller, body{Step: words, Run: r.ID, Members: []id.Member{}, Data: raw})
}

// close ends the step where the run was called for, when all have spoken or its time is over.
func (s *Service) close(ctx context.Context, tx Tx, r *Running, board *veil.Board, keys map[uint8]veil.PartyKeys) (bool, error) {
	if r.Caller != s.Member || len(r.Heard) < len(r.Members) && s.now() < r.Since.Add(StepTime) {
		return false, nil
	}
	var heard []veil.Words
	for _, raw := range r.Heard {
		if w, err := veil.ParseWords(raw); err == nil {
			heard = append(heard, w)
		}
	}
	p := board.Close(heard, keys)
	if err := board.Turn(p, keys); err != nil {
		return false, err
	}
	raw := p.Append(nil)
	r.Pages, r.Heard, r.Since = append(r.Pages, raw), []seal.Blob{}, s.now()
	for _, to := range r.Members {
		if err := s.send(ctx, tx, to, body{Step: page, Run: r.ID, Members: []id.Member{}, Data: raw}); err != nil {
			return false, err
		}
	}
	return true, nil
}

// conclude keeps what the run has made, and destroys what it was made from. A run that has made nothing leaves the secret before it as it was.
func (s *Service) conclude(ctx context.Context, tx Tx, r *Running, board *veil.Board, m *mine) (failed bool, err error) {
	g, share, cheats, err := m.party.Conclude(board, m.group, m.share)
	r.Dealing, r.Waiting, r.Heard = seal.Blob{}, []seal.Blob{}, []seal.Blob{}
	for _, c := range cheats {
		r.Cheats = append(r.Cheats, Cheat{r.Members[c.Place-1], c.How})
	}
	if err != nil {
		r.Failed = true
		return true, nil
	}
	_, kept, err := load[Secret](ctx, tx, pieceSecret)
	if err != nil {
		return false, err
	}
	next := Secret{Members: r.Members, Group: g.Append(nil), Share: seal.Blob{}, Caller: r.Caller, At: s.now()}
	if share != nil {
		vault, err := s.Vault(ctx, tx)
		if err != nil {
			return false, err
		}
		plain := share.Append(nil)
		defer clear(plain)
		next.Share = vault.Seal("lookup/"+pieceSecret, plain)
	}
	return false, save(ctx, tx, kept, next)
}
