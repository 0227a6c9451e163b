package veil

import (
	"crypto/sha512"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/opentrm/opentrm/internal/seal"
)

// Step is a step of a run. In each everybody says at most one thing, to whoever called for the run, and hears what all have said.
type Step uint8

// The steps in their order. Which come is told by what was said before ([Board.Step]).
const (
	StepDeal     Step = 1 // the deals, with the parts sealed to the holders
	StepComplain Step = 2 // of which dealers a holder has no right part
	StepShow     Step = 3 // the parts in question
	StepReveal   Step = 4 // in a run for a new secret
	StepAccuse   Step = 5 // parts that do not fit what was revealed
	StepOpen     Step = 6 // parts of dealers who revealed nothing, or something else
	StepSign     Step = 7 // that the same was heard, and the share is there
	StepOver     Step = 0
)

// Words are what one member says in one step, signed with the key of her node for envelopes. The signature is over all that was said before,
// so that nobody can be made to say it in answer to something else.
type Words struct {
	Place     uint8
	Text      []byte
	Signature seal.Signature
}

// Page is what was said in one step, by place, rising: whoever called for the run collects it and tells it to all.
type Page struct {
	Step  Step
	Words []Words
}

// Board is a run as far as it has come. It is public among the members.
type Board struct {
	Run   Run
	Pages []Page
}

// PartyKeys are the public keys of a member of a run: those with which her words are checked, and that to which parts are sealed.
type PartyKeys struct {
	Sign []seal.SignPublic
	Seal seal.KEMPublic
}

// Party is a member of a run as she knows herself.
type Party struct {
	Place  uint8
	Sign   seal.SignPrivate    // of her node, for envelopes
	Open   []seal.KEMPrivate   // of her node, for controls: the newest first
	Others map[uint8]PartyKeys // of all members of the run, she among them
}

// digest returns what is signed in the next step: the run and all pages.
func (b *Board) digest() [sha512.Size]byte {
	text := appendRun([]byte("opentrm/veil-board/1"), &b.Run)
	for _, p := range b.Pages {
		text = p.Append(text)
	}
	return sha512.Sum512(text)
}

// said returns what is signed when somebody says something in the step that the board is at.
func (b *Board) said(place uint8, text []byte) []byte {
	before := b.digest()
	return append(append(before[:], uint8(b.Step()), place), text...)
}

// page returns what was said in a step, by place; nothing if it was not reached.
func (b *Board) page(step Step) map[uint8][]byte {
	out := map[uint8][]byte{}
	for _, p := range b.Pages {
		if p.Step != step {
			continue
		}
		for _, w := range p.Words {
			out[w.Place] = w.Text
		}
	}
	return out
}

// Step returns which step comes next, [StepOver] if all has been said.
func (b *Board) Step() Step {
	if len(b.Pages) == 0 {
		return StepDeal
	}
	switch b.Pages[len(b.Pages)-1].Step {
	case StepDeal:
		return StepComplain
	case StepComplain:
		for _, text := range b.page(StepComplain) {
			if len(text) > 0 {
				return StepShow
			}
		}
		fallthrough
	case StepShow:
		if !b.Run.refreshes() {
			return StepReveal
		}
		return StepSign
	case StepReveal:
		return StepAccuse
	case StepAccuse:
		if len(b.Record().Unrevealed()) > 0 {
			return StepOpen
		}
		return StepSign
	case StepOpen:
		return StepSign
	}
	return StepOver
}

// Record returns what was said, in the form in which it is judged. What cannot be read counts as not said.
func (b *Board) Record() *Record {
	r := &Record{Run: b.Run, Deals: map[uint8]Deal{}, Reveals: map[uint8]Reveal{}}
	for place, text := range b.page(StepDeal) {
		if d, _, err := b.Run.parseDealt(text); err == nil && d.Dealer == place {
			r.Deals[place] = d
		}
	}
	complained := b.page(StepComplain)
	for _, place := range slices.Sorted(maps.Keys(complained)) {
		if len(complained[place]) > MostHolders {
			continue
		}
		for _, dealer := range complained[place] {
			r.Complaints = append(r.Complaints, Complaint{Dealer: dealer, By: place})
		}
	}
	for place, text := range b.page(StepReveal) {
		if v, err := ParseReveal(text); err == nil && v.Dealer == place {
			r.Reveals[place] = v
		}
	}
	r.Shown = b.parts(StepShow, func(p *Part, by uint8) bool { return p.Dealer == by })
	r.Accused = b.parts(StepAccuse, func(p *Part, by uint8) bool { return p.Holder == by })
	r.Opened = b.parts(StepOpen, func(p *Part, by uint8) bool { return p.Holder == by })
	return r
}

// parts returns the parts that were shown in a step by those whose they are to show.
func (b *Board) parts(step Step, own func(p *Part, by uint8) bool) []Part {
	var out []Part
	said := b.page(step)
	for _, place := range slices.Sorted(maps.Keys(said)) {
		for _, text := range split(said[place]) {
			if p, err := ParsePart(text); err == nil && own(&p, place) {
				out = append(out, p)
			}
		}
	}
	return out
}

// split takes prefixed texts apart; nothing if they are not whole.
func split(b []byte) [][]byte {
	var out [][]byte
	for r := (&reader{b: b}); len(r.b) > 0; {
		text := r.take(int(r.uint16()))
		if r.err != nil {
			return nil
		}
		out = append(out, text)
	}
	return out
}

// parseDealt reads what a dealer says: her deal, and her parts, each sealed to its holder.
func (r *Run) parseDealt(b []byte) (Deal, map[uint8][]byte, error) {
	all := split(b)
	if len(all) != 1+len(r.Holders) {
		return Deal{}, nil, malformed("deal")
	}
	d, err := r.ParseDeal(all[0])
	if err != nil {
		return d, nil, err
	}
	sealed := map[uint8][]byte{}
	for i, holder := range r.Holders {
		sealed[holder] = all[i+1]
	}
	return d, sealed, nil
}

// partInfo binds a sealed part to its run, its dealer and its holder.
func (r *Run) partInfo(dealer, holder uint8) []byte {
	return append(appendRun([]byte("opentrm/veil-part/1"), r), dealer, holder)
}

// told returns what the dealers have told a party, as far as she can open it.
func (p *Party) told(b *Board) []Part {
	var out []Part
	said := b.page(StepDeal)
	for _, dealer := range slices.Sorted(maps.Keys(said)) {
		_, sealed, err := b.Run.parseDealt(said[dealer])
		if err != nil {
			continue
		}
		for _, key := range p.Open {
			plain, err := key.Open(b.Run.partInfo(dealer, p.Place), nil, sealed[p.Place])
			if err != nil {
				continue
			}
			if part, err := ParsePart(plain); err == nil && part.Dealer == dealer && part.Holder == p.Place {
				out = append(out, part)
				break
			}
		}
	}
	return out
}

// Speak returns what a party says in the step that the board is at. Everybody says something in each step that concerns her, if only that she has
// nothing to say, so that a step need not wait for its time. It says the same however often it is asked, but for the sealing of parts; so
// a party keeps her words until their step is over.
//
// It fails with [fault.Invalid] if nothing is left to say, or if she cannot sign because what was heard makes no share of hers, or
// the group before is not the right one.
func (p *Party) Speak(b *Board, d *Dealing, before *Group, share *Share) (Words, error) {
	var text []byte
	r := b.Record()
	step := b.Step()
	own := func(parts []Part, of func(Part) bool) {
		for _, part := range parts {
			if of(part) {
				text = prefixed(text, part.Append(nil))
			}
		}
	}
	switch step {
	case StepDeal:
		deal := d.Deal()
		text = prefixed(text, deal.Append(nil))
		for _, holder := range b.Run.Holders {
			part := d.Part(holder)
			sealed, err := p.Others[holder].Seal.Seal(b.Run.partInfo(p.Place, holder), nil, part.Append(nil))
			if err != nil {
				return Words{}, err
			}
			text = prefixed(text, sealed)
		}
	case StepComplain:
		told := p.told(b)
		for _, dealer := range b.Run.Holders {
			deal, ok := r.Deals[dealer]
			if ok && dealer != p.Place && !slices.ContainsFunc(told, func(x Part) bool { return x.Dealer == dealer && b.Run.Holds(&deal, &x) }) {
				text = append(text, dealer)
			}
		}
	case StepShow:
		for _, c := range r.Complaints {
			if c.Dealer == p.Place && b.Run.has(c.By) {
				part := d.Part(c.By)
				text = prefixed(text, part.Append(nil))
			}
		}
	case StepReveal:
		v := d.Reveal()
		text = v.Append(nil)
	case StepAccuse:
		well, _ := r.Settle()
		own(p.told(b), func(x Part) bool {
			v, ok := r.Reveals[x.Dealer]
			return ok && slices.Contains(well, x.Dealer) && !b.Run.reveals(&v, &x)
		})
	case StepOpen:
		open := r.Unrevealed()
		own(p.told(b), func(x Part) bool { return slices.Contains(open, x.Dealer) })
	case StepSign:
		if _, _, _, err := p.conclude(b, before, share); err != nil {
			return Words{}, err
		}
	default:
		return Words{}, malformed("step")
	}
	return Words{p.Place, text, p.Sign.Sign(seal.DomainVeilRun, b.said(p.Place, text))}, nil
}

// Heard reports whether words are those of a member of the run, said in the step that the board is at after all that is on it.
func (b *Board) Heard(w *Words, keys map[uint8]PartyKeys) bool {
	return b.Run.has(w.Place) && len(w.Text) <= mostWords && slices.ContainsFunc(keys[w.Place].Sign, func(k seal.SignPublic) bool {
		return k.Verify(seal.DomainVeilRun, b.said(w.Place, w.Text), w.Signature) == nil
	})
}

// mostWords is the longest text that words have: a deal with eleven sealed parts is a tenth of it.
const mostWords = 1 << 18

// Close ends a step with what was heard. What was not said as [Board.Heard] demands is left out. Whoever called for the run does so when all have spoken,
// or when the step has taken its time.
func (b *Board) Close(heard []Words, keys map[uint8]PartyKeys) Page {
	p := Page{Step: b.Step()}
	for _, place := range b.Run.Holders {
		for _, w := range heard {
			if w.Place == place && b.Heard(&w, keys) {
				p.Words = append(p.Words, w)
				break
			}
		}
	}
	return p
}

// Turn adds a page that whoever called for the run has told. A page that is there already is passed over.
//
// It fails with [fault.Invalid] if the page is not that of the step that the board is at, or holds words that were not said so; then whoever called
// has told others something else, and the page with her signature shows it.
func (b *Board) Turn(p Page, keys map[uint8]PartyKeys) error {
	if p.Step == StepOver || p.Step != b.Step() {
		return malformed("step")
	}
	before := uint8(0)
	for _, w := range p.Words {
		if w.Place <= before || !b.Heard(&w, keys) {
			return malformed("words")
		}
		before = w.Place
	}
	b.Pages = append(b.Pages, p)
	return nil
}

func (p *Party) conclude(b *Board, before *Group, share *Share) (*Group, *Share, []Cheat, error) {
	r := b.Record()
	g, cheats, err := r.Conclude(before)
	if err != nil {
		return nil, nil, cheats, err
	}
	if !g.Has(p.Place) {
		return g, nil, cheats, malformed("holders")
	}
	s, err := r.Share(g, p.Place, p.told(b), share)
	return g, s, cheats, err
}

// Conclude returns what a run that is over has made: the group, of whose places those hold that have signed; who cheated; and what a party has of it. No
// share is not a failure: it can be mended ([Mending]).
//
// It fails with [fault.Invalid] if the run is not over, or has made nothing, or fewer than [FewestHolders] have signed.
func (p *Party) Conclude(b *Board, before *Group, share *Share) (*Group, *Share, []Cheat, error) {
	if b.Step() != StepOver {
		return nil, nil, nil, malformed("step")
	}
	g, s, cheats, err := p.conclude(b, before, share)
	if g == nil {
		return nil, nil, cheats, err
	}
	signed := b.page(StepSign)
	g.Holders = slices.DeleteFunc(g.Holders, func(place uint8) bool { _, ok := signed[place]; return !ok })
	if len(g.Holders) < FewestHolders {
		return nil, nil, cheats, malformed("holders")
	}
	if s != nil && !g.Has(p.Place) {
		s = nil
	}
	return g, s, cheats, nil
}

// Append appends the words to b.
func (w *Words) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(append(b, w.Place), uint32(len(w.Text)))
	return append(append(b, w.Text...), w.Signature.Bytes()...)
}

func (r *reader) words() Words {
	w := Words{Place: r.place()}
	n := r.uint32()
	if r.err == nil && n > mostWords {
		r.fail("length")
	}
	if r.err != nil {
		return w
	}
	w.Text = slices.Clone(r.take(int(n)))
	sig, err := seal.ParseSignature(r.take(seal.SignatureSize))
	if err != nil && r.err == nil {
		r.fail("signature")
	}
	w.Signature = sig
	return w
}

// ParseWords reads words; [Board.Heard] judges them. It fails with [fault.Invalid] if they are none.
func ParseWords(b []byte) (Words, error) {
	r := &reader{b: b}
	w := r.words()
	return w, r.end()
}

// Append appends the page to b.
func (p *Page) Append(b []byte) []byte {
	b = append(b, wireVersion, wirePage, uint8(p.Step), uint8(len(p.Words)))
	for i := range p.Words {
		b = p.Words[i].Append(b)
	}
	return b
}

// ParsePage reads a page; [Board.Turn] judges it. It fails with [fault.Invalid] if it is none.
func ParsePage(b []byte) (Page, error) {
	r := beginning(b, wirePage)
	p := Page{Step: Step(r.byte())}
	n := int(r.byte())
	if r.err == nil && (p.Step > StepSign || p.Step == StepOver || n > MostHolders) {
		r.fail("step")
	}
	for range n {
		if r.err != nil {
			break
		}
		p.Words = append(p.Words, r.words())
	}
	return p, r.end()
}
