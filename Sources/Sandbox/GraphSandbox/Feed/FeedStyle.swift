/// The pages' style sheet.
enum FeedStyle {
  static let sheet = """
    :root { --ink: #0f1419; --soft: #6b7280; --line: #e5e7eb; --paper: #fff; --ground: #fafafa; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #f3f4f6; --soft: #9ca3af; --line: #2a2d31; --paper: #101214; --ground: #000; }
    }
    * { box-sizing: border-box; margin: 0; }
    body { background: var(--ground); color: var(--ink); line-height: 1.45;
      font: 15px/1.45 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
    a { color: inherit; text-decoration: none; }
    nav { display: flex; gap: 12px; align-items: baseline; padding: 14px 24px;
      background: var(--paper); border-bottom: 1px solid var(--line); }
    nav a { font-weight: 700; letter-spacing: -.02em; font-size: 18px; }
    nav span { color: var(--soft); font-size: 13px; }
    main { max-width: 935px; margin: 0 auto; padding: 32px 20px 64px; }
    .profile + .profile { margin-top: 48px; padding-top: 40px; border-top: 1px solid var(--line); }
    .profile header { display: flex; gap: 40px; align-items: center; padding: 0 24px 32px; }
    .ring { flex: none; padding: 4px; border-radius: 50%;
      background: conic-gradient(from 200deg, #feda75, #fa7e1e, #d62976, #962fbf, #4f5bd5, #feda75); }
    .avatar { display: grid; place-items: center; width: 108px; height: 108px; border-radius: 50%;
      border: 4px solid var(--ground); color: #fff; font-size: 46px; font-weight: 600;
      background: linear-gradient(140deg, #667eea, #764ba2); }
    .who h1 { font-size: 22px; font-weight: 500; }
    .counts { margin: 8px 0; }
    .name { font-weight: 600; }
    .grid { display: grid; grid-template-columns: repeat(3, 1fr); gap: 4px; }
    .tile { position: relative; display: block; aspect-ratio: 1; overflow: hidden;
      background: var(--line); }
    .tile img { width: 100%; height: 100%; object-fit: cover; display: block; }
    .tile .caption { position: absolute; inset: auto 0 0 0; max-height: 100%; overflow: hidden;
      padding: 28px 12px 10px; color: #fff; font-size: 13px; white-space: pre-line; opacity: 0;
      background: linear-gradient(transparent, rgb(0 0 0 / .72)); transition: opacity .15s; }
    .tile:hover .caption, .tile:focus .caption { opacity: 1; }
    .badge { position: absolute; top: 8px; right: 8px; padding: 2px 8px; border-radius: 10px;
      color: #fff; background: rgb(0 0 0 / .6); font-size: 12px; }
    .empty { padding: 64px 24px; text-align: center; color: var(--soft);
      border: 1px dashed var(--line); border-radius: 12px; }
    .more { padding: 16px; text-align: center; color: var(--soft); }
    .post { display: grid; grid-template-columns: 3fr 2fr; background: var(--paper);
      border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
    .pictures { background: #000; display: flex; overflow-x: auto; }
    .pictures img { width: 100%; flex: none; object-fit: contain; display: block; }
    .text { padding: 24px; min-width: 0; }
    .text h1 { font-size: 15px; padding-bottom: 14px; margin-bottom: 14px;
      border-bottom: 1px solid var(--line); }
    .full { white-space: pre-line; overflow-wrap: anywhere; }
    .label { display: inline-block; margin-top: 12px; padding: 2px 8px; border-radius: 10px;
      border: 1px solid var(--line); color: var(--soft); font-size: 12px; }
    dl { margin-top: 20px; font-size: 13px; color: var(--soft); overflow-wrap: anywhere; }
    dt { margin-top: 8px; font-weight: 600; }
    dd { margin: 0; color: var(--ink); }
    @media (max-width: 640px) {
      .post { grid-template-columns: 1fr; }
      .profile header { gap: 20px; padding: 0 4px 24px; }
      .avatar { width: 72px; height: 72px; font-size: 30px; }
    }
    """
}
