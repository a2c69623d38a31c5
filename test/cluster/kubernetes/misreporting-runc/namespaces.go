package main

import (
	"fmt"
	"slices"
)

const (
	// inNode is the namespace that runc itself runs in: the node's.
	inNode = "node"
	// inOwn is a new namespace, which no other container has.
	inOwn = "own"
)

// placements maps a namespace's type, in the words of config.json, to where the container gets it from.
type placements map[string]string

// apply replaces the elements of linux.namespaces.
func (places placements) apply(config spec) error {
	linux, isLinux := config["linux"].(map[string]any)
	if !isLinux {
		return fmt.Errorf("no linux section")
	}
	namespaces := namespacesOf(config)
	for kind, place := range places {
		namespaces = slices.DeleteFunc(slices.Clone(namespaces), isOfType(kind))
		switch place {
		case inNode: // runc stays in its own where none is listed
		case inOwn:
			namespaces = append(namespaces, map[string]any{"type": kind})
		default:
			return fmt.Errorf("%s cannot be placed in %q", kind, place)
		}
	}
	linux["namespaces"] = namespaces
	return nil
}

func namespacesOf(config spec) []any {
	linux, _ := config["linux"].(map[string]any)
	namespaces, _ := linux["namespaces"].([]any)
	return namespaces
}

func isOfType(kind string) func(namespace any) bool {
	return func(namespace any) bool {
		fields, _ := namespace.(map[string]any)
		return fields["type"] == kind
	}
}
