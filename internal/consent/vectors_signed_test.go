package consent

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
)

// fixed is a key of which a second implementation can make the same signatures: its seed is one byte, 32 times.
func fixed(t testing.TB, seed string) seal.SignPrivate {
	t.Helper()
	raw, _ := hex.DecodeString(strings.Repeat(seed, 32))
	key, err := seal.ParseSignPrivate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// taken is the record of a grown woman; change makes another of it before it is signed.
func taken(change func(*Record)) Record {
	r := valid()
	r.Consent, r.Categories = "0123456789abcdefghjkmnpqr0", []Code{"identity.names", "needs"}
	r.Withheld = []Withheld{{Category: "photo", Reason: "fear-of-harm", Note: "planted-withheld-end"}}
	r.SafeWay = "planted-safe-way-end"
	if change != nil {
		change(&r)
	}
	return r
}

func ofChild(r *Record) {
	r.AgeClass, r.GivenBy, r.Assent, r.BestInterests = person.AgeUnknown, ByGuardian, true, "planted-best-interests-end"
	r.Guardian = Guardian{Name: "planted-guardian-end", Relation: "aunt", Authority: "court", Document: "12"}
	r.Language, r.TextVersion, r.ReadBack, r.How, r.Witness = "ro", 0, true, Oral, "planted-witness-end"
}

// theApproval is one that can stand by itself.
func theApproval() Approval {
	return Approval{
		Form: ApprovalForm, Override: "0123456789abcdefghjkmnpqr4", Reason: strings.Repeat("1", 64), Basis: VitalInterest, Recipient: receiver,
		Category: []Code{"needs", "risk.summary"}, By: "0123456789abcdefghjkmnpqr8", At: start,
	}
}

// countersigned is what the second person keeps. Without a domain nobody signs.
func countersigned(t testing.TB, a Approval, d seal.Domain) SignedApproval {
	t.Helper()
	if d == "" {
		return SignedApproval{Approval: a}
	}
	second := fixed(t, "0b")
	return SignedApproval{Approval: a, Signer: second.Public(), Signature: second.Sign(d, written(t, a))}
}

// FuzzParseApproval: what is taken has one spelling and is signed by whom it names.
func FuzzParseApproval(f *testing.F) {
	good := written(f, countersigned(f, theApproval(), seal.DomainOverride))
	f.Add(good)
	f.Add(written(f, SignedApproval{Approval: theApproval()}))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseApproval(b)
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.TooLarge {
				t.Fatalf("%q: %v", b, err)
			}
			return
		}
		if again := written(t, s); !bytes.Equal(again, b) {
			t.Errorf("%q was read and would be written %q", b, again)
		}
		if err := s.Signer.Verify(seal.DomainOverride, written(t, s.Approval), s.Signature); err != nil {
			t.Errorf("%q is taken: %v", b, err)
		}
	})
}

// unreviewed is a record of words that nobody has reviewed: interpreted, and not read back.
func unreviewed(r *Record) {
	r.Language, r.TextDigest, r.Interpreter = "rom", strings.Repeat("0a", 32), "planted-interpreter-end"
}

// writeSigned writes the vectors of records, overrides, extracts and receipts.
func writeSigned(t *testing.T) {
	t.Helper()
	taker, node := fixed(t, "09"), fixed(t, "07")
	signed := func(r Record) string {
		s := SignedRecord{Record: r, Signer: taker.Public(), Signature: taker.Sign(seal.DomainConsent, written(t, r))}
		return string(written(t, s))
	}
	why := func(basis, citation string, d seal.Domain) string {
		r := Reason{
			Form: ReasonForm, Override: "0123456789abcdefghjkmnpqr4", Basis: basis, Recipient: receiver, Category: []Code{"needs", "risk.summary"},
			Citation: citation, Text: "planted-reason-end: she was followed to the door", Notice: "planted-notice-end",
		}
		return string(written(t, SignedReason{Reason: r, Signer: taker.Public(), Signature: taker.Sign(d, written(t, r))}))
	}
	approved := func(change func(*Approval)) string {
		s, err := ParseReason([]byte(why(VitalInterest, "", seal.DomainOverride)))
		if err != nil {
			t.Fatal(err)
		}
		digest, err := s.digest()
		if err != nil {
			t.Fatal(err)
		}
		a := Approval{
			Form: ApprovalForm, Override: s.Reason.Override, Reason: digest, Basis: s.Reason.Basis, Recipient: s.Reason.Recipient,
			Category: s.Reason.Category, By: "0123456789abcdefghjkmnpqr8", At: start,
		}
		change(&a)
		both := countersigned(t, a, seal.DomainOverride)
		s.Approval = &both
		return string(written(t, s))
	}
	approval := func(d seal.Domain) string { return string(written(t, countersigned(t, theApproval(), d))) }
	issued := func(basis string, d seal.Domain) string {
		e := Extract{
			Form: ExtractForm, Consent: "0123456789abcdefghjkmnpqr0", Issuer: "MD", Recipient: receiver, Purposes: []Purpose{ForReferral, ForReturn},
			Categories: []Code{"identity.names", "needs"}, Basis: basis, ValidTo: start + 1000, Issued: start,
		}
		return string(written(t, SignedExtract{e, node.Sign(d, written(t, e))}))
	}
	adult, child := signed(taken(nil)), signed(taken(ofChild))
	for name, v := range map[string]struct{ kind, what, key, text string }{
		"record-adult":               {"record", "written, by herself", "", adult},
		"record-child":               {"record", "age unknown: guardian, assent, read back, oral with a witness", "", child},
		"refuse-record-child-alone":  {"record", "of unknown age, alone", "consent.child", signed(taken(func(r *Record) { r.AgeClass = person.AgeUnknown }))},
		"refuse-record-not-free":     {"record", "she could not decide freely", "consent.free", signed(taken(func(r *Record) { r.Capable = false }))},
		"refuse-record-unexplained":  {"record", "the risks were not explained", "consent.explain", signed(taken(func(r *Record) { r.Explained.Risks = false }))},
		"refuse-record-unread":       {"record", "words that nobody reviewed, interpreted or read back", "consent.language", signed(taken(func(r *Record) { r.Language = "ro" }))},
		"record-unreviewed":          {"record", "words that nobody reviewed, with a named interpreter and read back", "", signed(taken(func(r *Record) { unreviewed(r); r.ReadBack = true }))},
		"record-reviewed":            {"record", "words that a native reader has reviewed as they stood", "", signed(taken(func(r *Record) { unreviewed(r); r.Interpreter, r.TextReviewed = "", true }))},
		"refuse-record-half-read":    {"record", "words that nobody reviewed, interpreted and not read back", "consent.unreviewed", signed(taken(unreviewed))},
		"refuse-record-no-words":     {"record", "reviewed words, and not which", "consent.field", signed(taken(func(r *Record) { r.TextReviewed = true }))},
		"refuse-record-no-witness":   {"record", "oral, without a witness", "consent.oral", signed(taken(func(r *Record) { r.How = Oral }))},
		"refuse-record-for-ever":     {"record", "for longer than 365 days", "consent.field", signed(taken(func(r *Record) { r.ValidTo = r.ValidFrom.Add(days(366)) }))},
		"refuse-record-two-minds":    {"record", "consented to and withheld", "consent.field", signed(taken(func(r *Record) { r.Withheld[0].Category = "needs" }))},
		"refuse-record-altered":      {"record", "a category put in after signing", "consent.signature", strings.Replace(adult, `"categories":["identity.names"`, `"categories":["family","identity.names"`, 1)},
		"override-danger":            {"override", "danger to life", "", why(VitalInterest, "", seal.DomainOverride)},
		"override-duty":              {"override", "a duty of law, with its citation", "", why(LegalDuty, "law.example.12", seal.DomainOverride)},
		"override-approved":          {"override", "signed by the second person too", "", approved(func(*Approval) {})},
		"refuse-override-approval":   {"override", "approved another reason", "consent.override.signature", approved(func(a *Approval) { a.Reason = strings.Repeat("0", 64) })},
		"refuse-override-ground":     {"override", "another ground", "consent.override.reason", why("consent", "", seal.DomainOverride)},
		"refuse-override-citation":   {"override", "a duty without a citation", "consent.override.reason", why(LegalDuty, "", seal.DomainOverride)},
		"refuse-override-as-consent": {"override", "signed for the domain of consents", "consent.signature", why(VitalInterest, "", seal.DomainConsent)},
		"approval":                   {"approval", "what the second person signs, as it rests in the row", "", approval(seal.DomainOverride)},
		"refuse-approval-domain":     {"approval", "signed for the domain of consents", "consent.signature", approval(seal.DomainConsent)},
		"refuse-approval-recipient":  {"approval", "for another desk than was signed", "consent.signature", strings.Replace(approval(seal.DomainOverride), `"member":"MK"`, `"member":"RS"`, 1)},
		"refuse-approval-unsigned":   {"approval", "nobody has signed", "consent.signature", approval("")},
		"refuse-approval-spelling":   {"approval", "a space", "frame.not-canonical", strings.Replace(approval(seal.DomainOverride), `{`, `{ `, 1)},
		"extract-consent":            {"extract", "of a consent", "", issued("consent", seal.DomainConsent)},
		"extract-danger":             {"extract", "of an override", "", issued(VitalInterest, seal.DomainConsent)},
		"refuse-extract-as-override": {"extract", "signed for the domain of overrides", "consent.extract.signature", issued("consent", seal.DomainOverride)},
		"refuse-extract-onward":      {"extract", "may be passed on", "consent.extract.field", strings.Replace(issued("consent", seal.DomainConsent), `"onward":false`, `"onward":true`, 1)},
	} {
		body := "kind: " + v.kind + "\nmust: accept"
		if v.key != "" {
			body = "kind: " + v.kind + "\nmust: refuse\nkey: " + v.key
		}
		body += "\nwhat: " + v.what
		if v.kind == "extract" {
			public, err := node.Public().MarshalText()
			if err != nil {
				t.Fatal(err)
			}
			body += "\npublic: " + string(public) + "\nrecipient: " + receiver.String() + "\nnow: " + strconv.FormatInt(int64(start)+5, 10)
		}
		writeVector(t, name, body+"\n"+v.kind+": "+v.text)
	}
	r := taken(nil)
	for _, state := range []State{Given, Withdrawn, Expired} {
		c := rowOf(r)
		if c.State = state; state == Withdrawn {
			c.Withdrawn = start + 7
		}
		text := string(written(t, ReceiptOf("MK", r, c)))
		writeVector(t, "receipt-"+string(state), "kind: receipt\nmust: accept\nwhat: what she gets of a consent that is "+string(state)+
			"\nmember: MK\nstate: "+string(state)+"\nwithdrawn: "+strconv.FormatInt(int64(c.Withdrawn), 10)+"\nrecord: "+adult+"\nreceipt: "+text)
	}
}
