package casefile

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/sorting"
)

// Assessment is one risk assessment of the series (docs/sources.md, domain 10.3).
type Assessment struct {
	Form       string           `json:"form"`
	Case       id.Case          `json:"case"`
	At         frame.Time       `json:"at"`
	Assessor   id.User          `json:"assessor"`
	Desk       id.Desk          `json:"desk"`
	Country    id.Member        `json:"country"`
	Trigger    string           `json:"trigger"` // code
	Factors    []Factor         `json:"factors"` // in the order of their codes; one that is missing was not asked
	Grades     map[string]Grade `json:"grades"`  // domain to grade; a domain that is missing was not assessed
	Mitigation string           `json:"mitigation"`
	Conclusion string           `json:"conclusion"`
	Review     frame.Time       `json:"review"`
	With       bool             `json:"with_person"` // she took part

	Language string `json:"language,omitempty" maxLength:"35" doc:"In which the words are written, BCP 47; left out: it was not said"`
}

// AssessmentForm names the form of an assessment.
const AssessmentForm = "opentrm/assessment/1"

// Factor is one risk factor and what was found.
type Factor struct {
	Code  string `json:"code"`
	Found string `json:"found"` // yes, no, unknown
}

// SignedAssessment is an assessment with the signature of the assessor.
type SignedAssessment struct {
	Assessment Assessment      `json:"assessment"`
	Signer     seal.SignPublic `json:"signer"`
	Signature  seal.Signature  `json:"signature"`
}

// Check reports whether the assessment can stand.
//
// It fails with [fault.Invalid] and the field that is wrong: no domain graded, a code that does not
// exist, a review in the past or too far.
func (a Assessment) Check() error {
	d, err := Shipped()
	if err != nil {
		return err
	}
	switch {
	case a.Form != AssessmentForm || a.Case == "" || a.Assessor == "" || a.Desk == "" || a.Country == "" || a.At <= 0:
		return bad("assessor")
	case !d.Has(ListTrigger, a.Trigger):
		return bad("trigger")
	case a.Factors == nil || len(a.Factors) > 64:
		return bad("factors")
	case len(a.Grades) == 0:
		return bad("grades")
	case a.Conclusion == "" || !person.Text(a.Conclusion, maxNote):
		return bad("conclusion")
	case !person.Text(a.Mitigation, maxNote):
		return bad("mitigation")
	case a.Language != "" && !person.Tag(a.Language):
		return bad("language")
	case a.Review <= a.At || a.Review > a.At.Add(days(d.Limits.LongestReviewDays)):
		return bad("review")
	}
	for i, f := range a.Factors {
		if !d.Has(ListFactor, f.Code) || !slices.Contains([]string{"yes", "no", "unknown"}, f.Found) || i > 0 && a.Factors[i-1].Code >= f.Code {
			return bad("factors")
		}
	}
	for domain, g := range a.Grades {
		if !d.Has(ListDomain, domain) || g != Low && g != Medium && g != High {
			return bad("grades")
		}
	}
	return nil
}

// Check reports whether the assessment can stand and its signature holds.
//
// It fails with [fault.Invalid].
func (s SignedAssessment) Check() error {
	if err := s.Assessment.Check(); err != nil {
		return err
	}
	msg, err := frame.Encode(s.Assessment)
	if err != nil {
		return err
	}
	if err := s.Signer.Verify(seal.DomainAssessment, msg, s.Signature); err != nil {
		return fault.Wrap(fault.Invalid, "case.signature", err)
	}
	return nil
}

// Assess adds a risk assessment to the series, signed by the bearer, and notes its grade and the day of
// its review where the node sees them. Identifiers and times are filled in.
//
// It fails with [fault.Denied] and [fault.Hidden] as [access.Check], [fault.Invalid] as
// [Assessment.Check], [fault.Conflict] if the case is closed, and [fault.Locked] without keys.
func (s *Service) Assess(ctx context.Context, by keyring.Bearer, c id.Case, a Assessment) (Kept[SignedAssessment], error) {
	var kept Kept[SignedAssessment]
	err := s.Work(ctx, by, access.AssessCase, c, "", func(tx Tx, k *keyring.Case, row Case) error {
		a := a
		a.Form, a.Case, a.At, a.Assessor, a.Desk, a.Country = AssessmentForm, c, s.now(), by.User, by.Desk, by.Member
		a.Factors = slices.Clone(a.Factors)
		sorting.By(a.Factors, func(x, y Factor) int { return compare(x.Code, y.Code) })
		if a.Factors == nil {
			a.Factors = []Factor{}
		}
		signed, err := signAssessment(by, a)
		if err != nil {
			return err
		}
		if kept, err = putIn(ctx, tx, k, KindAssessment, signed); err != nil {
			return err
		}
		row.Grade, row.Assessed, row.Review = highest(a.Grades), a.At, a.Review
		_, err = setIn(ctx, tx, row)
		return err
	})
	return kept, err
}

func signAssessment(by keyring.Bearer, a Assessment) (SignedAssessment, error) {
	out := SignedAssessment{Assessment: a}
	msg, err := frame.Encode(a)
	if err != nil {
		return out, err
	}
	if out.Signer, err = by.Signer(); err != nil {
		return out, err
	}
	out.Signature, err = by.Sign(seal.DomainAssessment, msg)
	return out, err
}

// FoundIn reports whether the newest risk assessment of an opened case says yes to a factor. A case without one says nothing.
//
// It fails with [fault.Internal] if an assessment was tampered with.
func (s *Service) FoundIn(ctx context.Context, tx Tx, k *keyring.Case, factor string) (bool, error) {
	all, _, err := listIn[SignedAssessment](ctx, tx, k, KindAssessment)
	if err != nil || len(all) == 0 {
		return false, err
	}
	newest := slices.MaxFunc(all, func(a, b Kept[SignedAssessment]) int { return int(a.Value.Assessment.At - b.Value.Assessment.At) })
	return slices.ContainsFunc(newest.Value.Assessment.Factors, func(f Factor) bool { return f.Code == factor && f.Found == "yes" }), nil
}
