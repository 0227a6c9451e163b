package veil

import (
	"crypto/sha512"
	"io"
	"slices"
)

const (
	// Threshold is how many holders must answer a query, and how many are needed to break the secret. Fewer can do neither.
	Threshold = 3
	// MostHolders is how many holders a group has at most, so that places are small numbers.
	MostHolders = 11
	// FewestHolders is how many holders a group needs: below it one absent state would stop it, or two would be nearly enough.
	FewestHolders = 5
	// AskedHolders is how many holders a query goes to; the first [Threshold] answers are used.
	AskedHolders = 5
)

// Group is what everybody knows of the secret that the holders share: the points of the coefficients of the polynomial whose value at 0 is the
// secret, and at the place of a holder her share.
type Group struct {
	Epoch       uint32  // of the secret: a new one is a new epoch, and all tags are made anew
	Round       uint32  // of the shares: it rises when they are refreshed, and the secret stays
	Holders     []uint8 // their places, 1 to [MostHolders], rising
	Commitments []Point // [Threshold] of them
}

// Key returns the point of the secret.
func (g *Group) Key() Point { return g.Commitments[0] }

// ShareKey returns the point of the share at a place.
func (g *Group) ShareKey(place uint8) Point { return committedAt(g.Commitments, uint64(place)) }

// Has reports whether a place is that of a holder.
func (g *Group) Has(place uint8) bool { return slices.Contains(g.Holders, place) }

// With returns the group with one more holder, whose share was mended ([Mending]).
func (g *Group) With(place uint8) *Group {
	all := append(slices.Clone(g.Holders), place)
	slices.Sort(all)
	return &Group{Epoch: g.Epoch, Round: g.Round, Holders: slices.Compact(all), Commitments: g.Commitments}
}

// Share is what one holder has of the secret. It is kept under the secret of the node and never leaves it.
type Share struct {
	Epoch, Round uint32
	Place        uint8
	secret       Scalar
}

// Fits reports whether the share is the one that a group has at its place.
func (s *Share) Fits(g *Group) bool {
	own, known := MulBase(&s.secret), g.ShareKey(s.Place)
	return s.Epoch == g.Epoch && s.Round == g.Round && g.Has(s.Place) && own.Equal(&known)
}

// Query is what holders are asked: points that say nothing about what they were made from, and to which the asker is bound all the same
// ([Opening]). Everybody may see it.
type Query struct {
	Epoch    uint32
	Elements []Point // a multiple of [PersonKeys], so that their number does not tell how much is known
}

// Asking is what the asker keeps until the answers are there, and the data-protection officer for a year after: it tells what was asked. It is
// kept sealed.
type Asking struct {
	Epoch  uint32
	keys   []Key
	blinds []Scalar
}

// Ask hides the keys of one person or thing, or of many one after the other. Every group of keys is filled up to [PersonKeys] with
// keys that nobody has.
//
// It fails with [fault.Invalid] if there are none, more groups than one query holds, or more keys in a group than fit; and if random does.
func Ask(random io.Reader, epoch uint32, groups ...[]Key) (Query, Asking, error) {
	if len(groups) == 0 || len(groups)*PersonKeys > MostBlinded {
		return Query{}, Asking{}, malformed("keys")
	}
	q, a := Query{Epoch: epoch}, Asking{Epoch: epoch}
	for _, keys := range groups {
		if len(keys) > PersonKeys {
			return Query{}, Asking{}, malformed("keys")
		}
		a.keys = append(a.keys, keys...)
		for range PersonKeys - len(keys) {
			var b [16]byte
			if _, err := io.ReadFull(random, b[:]); err != nil {
				return Query{}, Asking{}, err
			}
			a.keys = append(a.keys, keyOf(padding, string(b[:])))
		}
	}
	for _, k := range a.keys {
		r, err := NewScalar(random)
		if err != nil {
			return Query{}, Asking{}, err
		}
		p := modeVOPRF.element(k.Bytes())
		a.blinds = append(a.blinds, r)
		q.Elements = append(q.Elements, p.Mul(&r))
	}
	return q, a, nil
}

// Answer is what one holder made of a query, and the proof that all of it was made with her share.
type Answer struct {
	Epoch, Round uint32
	Place        uint8
	Elements     []Point
	Proof        DLEQ
}

// Answer multiplies the elements of a query by the share.
//
// It fails with [fault.Invalid] if the query is of another epoch or empty or too long, and if random does.
func (s *Share) Answer(random io.Reader, q *Query) (Answer, error) {
	if q.Epoch != s.Epoch || len(q.Elements) == 0 || len(q.Elements) > MostBlinded {
		return Answer{}, malformed("epoch")
	}
	key := MulBase(&s.secret)
	given, proof, err := modeVOPRF.evaluate(random, &s.secret, &key, q.Elements)
	return Answer{Epoch: s.Epoch, Round: s.Round, Place: s.Place, Elements: given, Proof: proof}, err
}

// Proves reports whether an answer to a query was made with the share of the holder that it names.
func (g *Group) Proves(q *Query, a *Answer) bool {
	if a.Epoch != g.Epoch || a.Round != g.Round || q.Epoch != g.Epoch || !g.Has(a.Place) || len(a.Elements) != len(q.Elements) {
		return false
	}
	key := g.ShareKey(a.Place)
	return modeVOPRF.verifies(&a.Proof, &key, q.Elements, a.Elements)
}

// Output is what the function gives for one key: 64 bytes that nobody can make without [Threshold] holders. It tells what was asked to
// whoever guesses it, so it is as secret as the key; what is kept and sent are the tags made from it.
type Output struct {
	template Template
	hash     [sha512.Size]byte
}

// Template returns of which template the key was.
func (o *Output) Template() Template { return o.template }

// Finish puts answers together and takes the hiding off. It uses the first [Threshold] that prove themselves, whatever the others are, and
// returns whose did not. The outputs stand in the order of the keys, without those that filled a group up.
//
// It fails with [fault.Invalid] if the query is not of the asking or the group, or too few answers prove themselves.
func (a *Asking) Finish(g *Group, q *Query, answers []Answer) (out []Output, liars []uint8, err error) {
	if a.Epoch != g.Epoch || q.Epoch != g.Epoch || len(q.Elements) != len(a.keys) {
		return nil, nil, malformed("epoch")
	}
	var used []Answer
	var places []int
	for i := range answers {
		if len(used) == Threshold || slices.Contains(places, int(answers[i].Place)) {
			continue
		}
		if !g.Proves(q, &answers[i]) {
			liars = append(liars, answers[i].Place)
			continue
		}
		used, places = append(used, answers[i]), append(places, int(answers[i].Place))
	}
	if len(used) < Threshold {
		return nil, liars, malformed("answers")
	}
	weights := lagrange(places, 0)
	inverse := slices.Clone(a.blinds)
	InvertAll(inverse)
	given := make([]Point, Threshold)
	for i, k := range a.keys {
		if k.template == padding {
			continue
		}
		for j := range used {
			given[j] = used[j].Elements[i]
		}
		element := SumPublic(weights, given) // of what holders have sent
		element = element.Mul(&inverse[i])
		out = append(out, Output{k.template, finalize(k.Bytes(), &element)})
	}
	return out, liars, nil
}
