package main

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// The Pod's annotations, which containerd copies into each config.json (pod_annotations in its configuration).
// The value is a list such as `network=node,ipc=own,pause=10`: where the sandbox or the container of that name
// gets a namespace from, and how many seconds its start pauses. Containers join the network of their sandbox by
// default, wherever that is.
const (
	sandboxAnnotation  = "misreporting.test/sandbox"
	containerNamespace = "container.misreporting.test/"
)

// annotated applies the annotation of the sandbox or of the container that config describes, if there is one.
func annotated(config spec) error {
	annotations, _ := config["annotations"].(map[string]any)
	key := sandboxAnnotation
	if annotations["io.kubernetes.cri.container-type"] != "sandbox" {
		key = fmt.Sprint(containerNamespace, annotations["io.kubernetes.cri.container-name"])
	}
	value, _ := annotations[key].(string)
	settings, err := parseSettings(value)
	if err != nil {
		return fmt.Errorf("annotation %s: %w", key, err)
	}
	if seconds, pauses := settings["pause"]; pauses {
		if err := pauseStart(config, seconds); err != nil {
			return err
		}
	}
	places := placements(maps.Clone(settings))
	delete(places, "pause")
	return places.apply(config)
}

func parseSettings(value string) (map[string]string, error) {
	settings := map[string]string{}
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' }) {
		name, setting, _ := strings.Cut(word, "=")
		switch name {
		case "network", "pid", "ipc":
		case "pause":
			if _, err := strconv.ParseUint(setting, 10, 8); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("unknown setting %q", word)
		}
		settings[name] = setting
	}
	return settings, nil
}
