package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/lang"
	"github.com/opentrm/opentrm/internal/wording"
)

// consentWords says which words are read before a consent in a language, and whether they were reviewed as they stand.
func (n *Node) consentWords(ctx context.Context, tx consent.Tx, language string) (string, bool, error) {
	kept, ok := tx.(wording.Tx)
	if !ok {
		return "", false, fault.New(fault.Internal, "wording.kept")
	}
	at, err := n.Wordings.OfIn(ctx, kept, lang.Tag(language), lang.ForConsent)
	if fault.Is(err, fault.NotFound) {
		return "", false, nil
	}
	return at.Digest, at.Reviewed(), err
}
