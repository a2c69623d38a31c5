// image writes a container image of one layer from a folder, as the archive that `docker save` writes and
// `ctr image import` reads: manifest.json, the image's configuration, and the layer.
package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

const usage = `usage: image REFERENCE FOLDER ARCHIVE ENTRYPOINT...
Writes the image REFERENCE (name:tag), which holds FOLDER and starts ENTRYPOINT, to the file ARCHIVE.
The same folder always gives the same archive.`

func main() {
	if len(os.Args) < 5 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func write(reference, folder, archive string, entrypoint []string) error {
	layer, err := layerOf(folder)
	if err != nil {
		return err
	}
	config, err := configOf(layer, entrypoint)
	if err != nil {
		return err
	}
	configName, layerName := digest(config)+".json", digest(layer)+"/layer.tar"
	manifest, err := json.Marshal([]map[string]any{{
		"Config": configName, "RepoTags": []string{reference}, "Layers": []string{layerName},
	}})
	if err != nil {
		return err
	}
	return archiveOf(archive, []entry{{configName, config}, {layerName, layer}, {"manifest.json", manifest}})
}

// configOf is the image's configuration (OCI image specification, config.md).
func configOf(layer []byte, entrypoint []string) ([]byte, error) {
	return json.Marshal(map[string]any{
		"architecture": runtime.GOARCH,
		"os":           "linux",
		"config": map[string]any{
			"Entrypoint": entrypoint,
			"Env":        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + digest(layer)}},
		"history": []map[string]any{{"created_by": "kubectl-hostns test cluster"}},
	})
}

// layerOf is the folder as a tar archive in memory: these images are a few MB.
func layerOf(folder string) ([]byte, error) {
	var buffer bytes.Buffer
	layer := tar.NewWriter(&buffer)
	err := filepath.WalkDir(folder, func(path string, found fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil || name == "." {
			return err
		}
		return addFile(layer, path, name, found)
	})
	if err != nil {
		return nil, err
	}
	if err := layer.Close(); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// addFile adds a folder, a file or a symbolic link without its owner and times, which would make the same
// sources give another image on another machine.
func addFile(layer *tar.Writer, path, name string, found fs.DirEntry) error {
	info, err := found.Info()
	if err != nil {
		return err
	}
	header := &tar.Header{Name: name, Mode: int64(info.Mode().Perm()), Format: tar.FormatPAX}
	var content []byte
	switch {
	case info.IsDir():
		header.Typeflag, header.Name = tar.TypeDir, name+"/"
	case info.Mode()&fs.ModeSymlink != 0:
		header.Typeflag = tar.TypeSymlink
		if header.Linkname, err = os.Readlink(path); err != nil {
			return err
		}
	case info.Mode().IsRegular():
		header.Typeflag = tar.TypeReg
		if content, err = os.ReadFile(path); err != nil {
			return err
		}
		header.Size = int64(len(content))
	default:
		return fmt.Errorf("%s is neither a file, a folder nor a symbolic link", path)
	}
	if err := layer.WriteHeader(header); err != nil {
		return err
	}
	_, err = layer.Write(content)
	return err
}

type entry struct {
	name    string
	content []byte
}

func archiveOf(path string, entries []entry) error {
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	for _, e := range entries {
		if err := archive.WriteHeader(&tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.content))}); err != nil {
			return err
		}
		if _, err := archive.Write(e.content); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, buffer.Bytes(), 0o644)
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
