// Colours the language Contrast in JupyterLab 4 and Notebook 7, and gives pictures their descriptions.
//
// JupyterLab loads this file as a webpack federated module: an object in `_JUPYTERLAB` whose `init` is given the
// modules that all extensions share and whose `get` makes ours. It is written by hand, so nothing has to be built.
// The words of the language lie beside it in vocabulary.json, which `contrast manual --words` writes.
// contrast_jupyter/lexer.py reads the same way for Pygments; a test compares the two.
(() => {
  'use strict';

  const vocabularyAddress = new URL('vocabulary.json', document.currentScript.src);
  let shared;

  /** A module that JupyterLab shares, as JupyterLab itself uses it. */
  async function use(name) {
    const versions = Object.values(shared[name] ?? {});
    const version = versions.find(version => version.loaded) ?? versions[0];
    if (!version) throw new Error(`contrast-highlighter: this JupyterLab does not share ${name}`);
    return (await version.get())();
  }

  async function vocabulary() {
    try {
      const response = await fetch(vocabularyAddress);
      if (!response.ok) throw new Error(response.statusText);
      return await response.json();
    } catch (error) {
      console.warn(`contrast-highlighter: verbs stay plain, ${vocabularyAddress} was not read (${error})`);
      return { keywords: [], verbs: {} };
    }
  }

  const number = /^(?:\d[\d_]*(?:\.\d[\d_]*)?|\.\d[\d_]*)(?:[eE][-+−]?\d[\d_]*)?(?:%(?![\p{ID_Continue}(.%])|(?:cm|mm|in|pt)(?!\p{ID_Continue}))?/u;
  const name = /^[\p{ID_Start}_][\p{ID_Continue}_]*/u;
  const operator = /^(?:\.\.<|\.\.\.|[=!<>]=|[-+*/%^@=<>≤≥≠−×÷])/;
  const escape = /^\\(?:u\{[0-9A-Fa-f]*\}|.)/;
  const closers = { ')': '(', ']': '[', '}': '{' };

  /** Reads code token by token; CodeMirror keeps the state at the start of each line. */
  function reader({ keywords, verbs }) {
    const isKeyword = new Set(keywords);
    const kinds = new Map(Object.entries(verbs).map(([verb, kinds]) => [verb, new Set(kinds)]));

    function startState() {
      return {
        brackets: [], // what is open, outermost first; '"' and "'" stand for code inside a string
        quote: null, // the quote that ends the string around the cursor
        isStart: true, // a statement begins here
        isCommand: false, // the statement holds a verb, so lines indented deeper go on with it
        column: 0, // where the line of the statement begins
        kinds: null, // of the verb just read
        isMember: false, // after a point
        isDefined: false, // after `for`
      };
    }

    function begin(state, column) {
      state.isStart = true;
      state.isCommand = false;
      state.column = column;
    }

    function startLine(stream, state) {
      // Strings end with their line, and so does the code inside them.
      const string = state.brackets.findIndex(bracket => bracket === '"' || bracket === "'");
      if (string >= 0) state.brackets.length = string;
      state.quote = null;
      state.kinds = null;
      state.isMember = false;
      const innermost = state.brackets[state.brackets.length - 1];
      if (innermost === '(' || innermost === '[' || stream.match(/^\s*(?:#|$)/, false)) return;
      const column = stream.indentation();
      if (!(state.isCommand && column > state.column)) begin(state, column);
    }

    function inString(stream, state) {
      if (stream.match(escape)) return 'string.special';
      if (stream.peek() === '{') {
        stream.next();
        state.brackets.push(state.quote);
        state.quote = null;
        return 'string.special';
      }
      if (stream.eat(state.quote)) {
        state.quote = null;
        return 'string';
      }
      const quote = state.quote;
      stream.eatWhile(character => character !== quote && character !== '\\' && character !== '{') || stream.next();
      return 'string';
    }

    function word(stream, state, word) {
      const { isStart, isMember, isDefined, kinds: possible } = state;
      state.isStart = state.isMember = state.isDefined = false;
      state.kinds = null;
      if (isMember) return 'propertyName';
      if (stream.match(/^[ \t]*=(?!=)/, false)) return isStart ? 'variableName.definition' : 'attributeName';
      if (isDefined) return 'variableName.definition';
      if (possible?.has(word)) return 'variableName.standard';
      if (word === 'true' || word === 'false') return 'bool';
      if (isKeyword.has(word)) {
        state.isDefined = word === 'for';
        return 'keyword';
      }
      if (!kinds.has(word)) return 'variableName';
      state.isCommand = true;
      state.kinds = kinds.get(word);
      return 'keyword';
    }

    function bracket(stream, state, sign) {
      if (sign in closers) {
        const innermost = state.brackets[state.brackets.length - 1];
        if (sign === '}' && (innermost === '"' || innermost === "'")) {
          state.quote = state.brackets.pop();
          return 'string.special';
        }
        const open = state.brackets.lastIndexOf(closers[sign]);
        if (open >= 0) state.brackets.length = open;
        if (sign === '}') begin(state, state.column);
      } else {
        state.brackets.push(sign);
        if (sign === '{') begin(state, stream.column());
      }
      return 'bracket';
    }

    function token(stream, state) {
      if (stream.sol()) startLine(stream, state);
      if (state.quote) return inString(stream, state);
      if (stream.eatSpace()) return null;
      if (stream.peek() === '#') {
        stream.skipToEnd();
        return 'comment';
      }
      const found = stream.match(name);
      if (found) return word(stream, state, found[0]);
      state.kinds = null;
      state.isMember = state.isDefined = false;
      const wasStart = state.isStart;
      state.isStart = false;
      if (stream.match(number)) return 'number';
      if (stream.match(operator)) return 'operator';
      const innermost = state.brackets[state.brackets.length - 1];
      if ((innermost === '"' || innermost === "'") && stream.match(/^:[^{}"']*/)) return 'string.special';
      const sign = stream.next();
      switch (sign) {
        case '"':
        case "'":
          state.quote = sign;
          return 'string';
        case '.':
          state.isMember = true;
          return 'operator';
        case ';':
          begin(state, state.column);
          return 'punctuation';
        case '(': case '[': case '{': case ')': case ']': case '}':
          return bracket(stream, state, sign);
        case ',': case '?':
          return 'punctuation';
      }
      state.isStart = wasStart;
      return 'invalid';
    }

    return {
      name: 'contrast',
      startState,
      copyState: state => ({ ...state, brackets: [...state.brackets] }),
      token,
      indent: (state, rest, context) =>
        context.unit * Math.max(0, state.brackets.length - (/^\s*[)\]}]/.test(rest) ? 1 : 0)),
      languageData: {
        commentTokens: { line: '#' },
        closeBrackets: { brackets: ['(', '[', '{', '"', "'"] },
        indentOnInput: /^\s*[)\]}]$/,
      },
    };
  }

  /** Gives pictures the `alt` of their metadata, which JupyterLab's own renderer leaves out. */
  function describePictures(registry) {
    const usual = registry.getFactory('image/png');
    if (!usual) return;
    const createRenderer = options => {
      const renderer = usual.createRenderer(options);
      const render = renderer.renderModel.bind(renderer);
      renderer.renderModel = async model => {
        await render(model);
        const { alt } = model.metadata['image/png'] ?? {};
        if (typeof alt === 'string') renderer.node.querySelector('img')?.setAttribute('alt', alt);
      };
      return renderer;
    };
    const { safe, defaultRank } = usual;
    registry.addFactory({ safe, mimeTypes: ['image/png'], defaultRank, createRenderer }, defaultRank);
  }

  async function extension() {
    const { IEditorLanguageRegistry } = await use('@jupyterlab/codemirror');
    const { IRenderMimeRegistry } = await use('@jupyterlab/rendermime');
    const colours = {
      id: 'contrast-highlighter:plugin',
      description: 'Colours the language Contrast.',
      autoStart: true,
      requires: [IEditorLanguageRegistry],
      activate: (_, languages) => {
        languages.addLanguage({
          name: 'contrast',
          displayName: 'Contrast',
          mime: 'text/x-contrast',
          extensions: ['contrast'],
          load: async () => {
            const { LanguageSupport, StreamLanguage } = await use('@codemirror/language');
            return new LanguageSupport(StreamLanguage.define(reader(await vocabulary())));
          },
        });
      },
    };
    const descriptions = {
      id: 'contrast-highlighter:descriptions',
      description: 'Gives pictures the descriptions that come with them, for screen readers.',
      autoStart: true,
      requires: [IRenderMimeRegistry],
      activate: (_, registry) => describePictures(registry),
    };
    return { __esModule: true, default: [colours, descriptions] };
  }

  (window._JUPYTERLAB ??= {})['contrast-highlighter'] = {
    init: scope => {
      shared = scope;
    },
    get: async module => {
      if (module !== './extension') throw new Error(`contrast-highlighter has no module ${module}`);
      const made = await extension();
      return () => made;
    },
  };
})();
