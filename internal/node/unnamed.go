package node

import (
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/stats"
)

// exploitation is the list of the form of a presumed victim in which what happened to her is said in codes.
const exploitation = "exploitation"

// unnamed returns the codes in which somebody who does not agree to be named is told of: lists of the forms and of cases, and nothing else.
func (n *Node) unnamed(list string) []string {
	lists, err := casefile.Shipped()
	if err != nil {
		return nil // nothing fits then
	}
	switch list {
	case stats.ListWhy:
		return lists.Codes(casefile.ListRefusal)
	case stats.ListHelp:
		return lists.Codes(casefile.ListService)
	case stats.ListForm:
		for _, f := range n.Forms.Forms.Newest() {
			for _, l := range f.Lists {
				if f.ID == "F1" && l.ID == exploitation {
					var all []string
					for _, c := range l.Choices {
						all = append(all, c.Code)
					}
					return all
				}
			}
		}
	}
	return nil
}

// least is how many there are at least where the node shows a count of people.
func (n *Node) least() int { return int(n.Law().Number(n.Member, "statistics.minimum-cell")) }
