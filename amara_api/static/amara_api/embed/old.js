// What pages got from /embed.js and /embedder-iframe of Amara: a script that puts a video where its
// markup stands. Documented in docs/embedding.md. Runs on other people's pages: no module, nothing of
// theirs is read but the markup that is meant for it, and all that it leaves there is `_amara`.
(() => {
  "use strict";
  const own = document.currentScript;
  const server = new URL(own.src).origin;
  const frames = [];

  const isOn = (value) => value !== undefined && value !== null && String(value) !== "false";
  const isOff = (value) => String(value) === "false";

  // `said`: url, videoId, team, language, subtitles, transcript, width, height.
  function frame(said) {
    const query = new URLSearchParams();
    if (said.videoId) query.set("video_id", said.videoId);
    if (said.url) query.set("url", said.url);
    if (said.team) query.set("team", said.team);
    if (said.language) query.set("language", said.language);
    if (isOff(said.subtitles)) query.set("subtitles", "0");
    if (isOn(said.transcript)) query.set("transcript", "1");
    const made = document.createElement("iframe");
    made.src = `${server}/embed/?${query}`;
    made.title = "Video with subtitles";
    made.allow = "autoplay; fullscreen; encrypted-media; picture-in-picture";
    made.allowFullscreen = true;
    made.style.cssText = "border:0;display:block;max-width:100%";
    made.style.width = length(said.width, "640px");
    // Until it says itself how high it is.
    made.style.height = length(said.height, "480px");
    frames.push(made);
    return made;
  }

  function length(value, otherwise) {
    const text = String(value ?? "").trim();
    if (/^\d{1,5}(\.\d+)?(px|%|em|rem|vw|vh)$/.test(text)) return text;
    return /^\d{1,5}$/.test(text) ? `${text}px` : otherwise;
  }

  addEventListener("message", ({ source, origin, data }) => {
    if (origin !== server || data?.amaraEmbed !== "height") return;
    const told = frames.find((each) => each.contentWindow === source);
    if (told && data.height > 0 && data.height < 10000) told.style.height = `${Math.ceil(data.height)}px`;
  });

  // <div class="amara-embed" data-url="…">
  function fill(element) {
    if (element.dataset.amaraFilled !== undefined) return;
    element.dataset.amaraFilled = "";
    const { url, videoId, team, initialLanguage, showSubtitlesDefault, showTranscriptDefault } = element.dataset;
    const { width, height } = element.dataset;
    element.append(
      frame({
        url, videoId, team, width, height,
        language: initialLanguage,
        subtitles: showSubtitlesDefault,
        transcript: showTranscriptDefault,
      }),
    );
  }

  // _amara.push(["embedVideo", {div, url, initial_language, …}])
  function push(said) {
    const [action, options] = Array.isArray(said) ? said : [];
    if (action !== "embedVideo" || !options) return;
    const { div } = options;
    const element = typeof div === "string" ? document.getElementById(div.replace(/^#/, "")) : div?.[0] ?? div;
    if (!element || element.dataset.amaraFilled !== undefined) return;
    element.dataset.amaraFilled = "";
    element.append(
      frame({
        url: options.url,
        videoId: options.video_id,
        team: options.team,
        language: options.initial_language ?? options.initialLanguage,
        subtitles: options.show_subtitles_default,
        transcript: options.show_transcript_default,
        width: options.width,
        height: options.height,
      }),
    );
  }

  // <script src="…/embed.js">({"video_url": "…", "video_config": {"width": 500}})</script>
  // It was run as a program; here only the few names that it may have are looked for.
  function inside(text) {
    const word = (name) => text.match(new RegExp(`["']?\\b${name}["']?\\s*:\\s*(["'])(.*?)\\1`))?.[2];
    const size = (name) => text.match(new RegExp(`["']?\\b${name}["']?\\s*:\\s*["']?(\\d+(?:px|%)?)`))?.[1];
    const url = word("video_url");
    if (!url) return null;
    return {
      url: url.replaceAll("\\/", "/"),
      language: word("language") ?? word("initial_language"),
      width: size("width"),
      height: size("height"),
    };
  }

  const said = inside(own.textContent);
  if (said) own.after(frame(said));

  function start() {
    for (const element of document.querySelectorAll("div.amara-embed")) fill(element);
    const queue = Array.isArray(window._amara) ? window._amara : [];
    window._amara = { push };
    for (const each of queue) push(each);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
